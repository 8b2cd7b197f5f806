//! The building blocks that policies order frames with.

mod frame_list;
mod recency_queue;

pub use frame_list::FrameList;
pub use recency_queue::RecencyQueue;
