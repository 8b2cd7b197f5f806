//! What can be said without simulating: closed forms, queueing formulas, one-pass analysis of traces.

pub mod aet;
pub mod intervals;
pub mod irm;
pub mod lifetime;
pub mod locality;
pub mod opt;
pub mod phases;
pub mod queueing;
pub mod shards;
pub mod stack_distance;
pub mod working_set;
