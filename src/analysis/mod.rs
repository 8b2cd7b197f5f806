//! What can be said without simulating: closed forms, queueing formulas, one-pass analysis of traces.

pub mod irm;
pub mod queueing;
