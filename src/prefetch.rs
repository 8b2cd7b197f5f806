//! Asking for memory before it is needed.
//!
//! Tables of a million pages do not fit in a processor's caches, and a reference touches them at random: waiting for one access
//! after the other would be most of the cost of a reference. What will be needed is known some steps ahead.

/// Asks the processor to bring `slice[index]` into its cache; changes nothing else. An index out of range is passed over.
#[inline(always)]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    if let Some(element) = slice.get(index) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // Sound for any address at all: a prefetch reads nothing that the program could see, and cannot fault.
            #[allow(unsafe_code)]
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast());
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = element;
    }
}
