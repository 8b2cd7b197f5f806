//! Regions: what an address space is made of.

/// A run of neighbouring pages of an address space that are alike (a VMA).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionSpec {
    /// Its name within the class.
    pub name: String,
    /// What it is, as `/proc/PID/maps` would say.
    pub kind: RegionKind,
    /// First page, counting only pages of regions: regions follow each other without gaps, whatever their addresses.
    pub first_page: u32,
    /// Number of pages (at least 1).
    pub pages: u32,
    /// Number of its first virtual page: where in the address space it lies. Only page tables care.
    pub address: u32,
    /// What user mode may do with its pages.
    pub protection: Protection,
    /// Whether its references fetch instructions.
    pub executes: bool,
    /// Whose its pages are.
    pub mapping: Mapping,
    /// Where a private page comes from when it is touched for the first time. For other mappings the object says.
    pub backing: Backing,
}

/// What a region is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// Instructions.
    Text,
    /// Initialised data.
    Data,
    /// Uninitialised data and what is allocated.
    Heap,
    /// The stack.
    Stack,
    /// A mapped file.
    File,
    /// A segment as made by `shmget` or `mmap`.
    Shared,
    /// The kernel's own range: mapped everywhere, for kernel mode only.
    Kernel,
    /// Addresses that belong to no region: who goes there has gone astray.
    Gap,
}

/// What user mode may do with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// Read.
    pub read: bool,
    /// Write.
    pub write: bool,
    /// Fetch instructions.
    pub execute: bool,
}

impl Protection {
    /// Read and write.
    pub const DATA: Protection = Protection { read: true, write: true, execute: false };
    /// Read and execute.
    pub const TEXT: Protection = Protection { read: true, write: false, execute: true };
}

/// Whose the pages of a region are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// The process's own.
    Private,
    /// A memory object's, seen by all who map it.
    Shared(View),
    /// A memory object's, until the process writes to one: then it gets a copy of its own, which goes to swap space.
    CopyOnWrite(View),
}

/// Which pages of which object a region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Index among the machine's objects.
    pub object: u32,
    /// The object's page that the region's first page shows.
    pub offset: u32,
}

/// Where a page's content is before it is first touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Nowhere: the first touch is filled with zeros, a minor fault without a read (anonymous memory).
    ZeroFill,
    /// In the program's file: the first touch is a major fault (text, initialised data).
    File,
    /// On the paging device, where it was put before the run began: the first touch is a major fault (a program that was swapped out).
    Swap,
}

/// Something whose pages several processes can map: a file, a shared segment, the memory of a parent that has forked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSpec {
    /// Its name, the same for all who map it.
    pub name: String,
    /// Number of pages.
    pub pages: u32,
    /// Where a page comes from when it is touched for the first time. Changed pages of a file are written back to it.
    pub backing: Backing,
    /// Whether it is the memory of a parent: what is in it was put there by the parent, even where the first touch fills it.
    pub image: bool,
}
