//! The building blocks that policies order frames and pages with.

mod frame_heap;
mod frame_list;
mod ghosts;
mod lists;
mod owner_lists;
mod owner_queues;
mod page_map;
mod piles;
mod recency_queue;

pub use frame_heap::FrameHeap;
pub use frame_list::FrameList;
pub use ghosts::Ghosts;
pub use lists::Lists;
pub use owner_lists::OwnerLists;
pub use owner_queues::OwnerQueues;
pub use page_map::PageMap;
pub use recency_queue::{Coming, RecencyQueue};
