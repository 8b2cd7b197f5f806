//! `knee list`: what there is to choose from.

use super::arguments::{ListRequest, Topic};
use super::catalogue::Catalogue;
use super::export;
use super::output::Output;
use knee::error::Result;

/// Prints one list, or all of them.
pub fn execute(request: &ListRequest, out: &mut Output) -> Result<()> {
    let topics = match request.what {
        Some(topic) => vec![topic],
        None => vec![Topic::Policies, Topic::Sources, Topic::Devices, Topic::Controllers, Topic::Metrics],
    };
    let catalogues: Vec<Catalogue> = topics.into_iter().map(Catalogue::of).collect();
    out.write(|out| export::exporter(request.format).catalogues(&catalogues, out))
}
