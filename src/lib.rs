//! `knee`: a discrete-event performance model of paging.
//!
//! Many processes with locality-driven reference behaviour share a pool of page frames through a pager and a paging
//! device. The library is in layers; a part imports only what stands above it here:
//!
//! | part | what it is |
//! |---|---|
//! | [`units`], [`error`], [`rng`], `column`, `large`, `prefetch` | what everyone may use |
//! | [`workload`], [`memory`], [`policy`], [`device`] | the parts of the simulated machine; none knows another's insides |
//! | [`metrics`], [`stats`] | counters with their identities; estimators blind to what they estimate |
//! | [`load_control`] | how many processes may be active; sees only what could be measured |
//! | [`machine`] | the event loop: CPUs, fault path, and the engines walk and leap |
//! | [`analysis`] | closed forms and queueing formulas |
//! | [`trace`] | traces of real programs, and recordings made of them |
//! | [`replay`] | policies over a trace, without time |
//! | [`scenario`] | TOML to a validated plan |
//! | [`experiment`] | sweeps, replications, results on disk |
//! | [`report`] | tables, plots; reads results only |
//! | `cli` | the command line |

pub mod analysis;
mod column;
pub mod device;
pub mod error;
pub mod experiment;
mod large;
pub mod load_control;
pub mod machine;
pub mod memory;
pub mod metrics;
pub mod policy;
mod prefetch;
pub mod replay;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod stats;
pub mod trace;
pub mod units;
pub mod workload;
