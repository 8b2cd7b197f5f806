//! `[load_control]`.

use super::super::process::MOST_PROCESSES;
use super::build::{Key, Table, above, explained, fraction, key, number, or_word, reference, whole, words};
use crate::load_control::{CONTROLLERS, Kind, Parameter, Setting, VICTIMS};
use crate::scenario::quantity::show_duration;
use serde_json::{Value, json};

pub(super) fn load_control() -> Value {
    let controllers = CONTROLLERS.iter().map(|controller| (controller.name, controller.summary));
    let second = "1 s";
    let keys = [
        key("controller", explained(controllers), "who decides; \"none\" decides nothing, but activity is reported"),
        key("period", reference("positive-time"), "time between two decisions; the controller's own unless given"),
        key(
            "victim",
            words(VICTIMS.iter().map(|(word, _)| *word)),
            "who is suspended, where the controller leaves it open",
        )
        .default("last-activated"),
        key(
            "suspend",
            words(["swap-out", "decay"]),
            "whether the resident set is swapped out at once, or left to others",
        )
        .default("swap-out"),
        key("resume", words(["demand", "prepage"]), "whether it faults its pages in again, or they are read first")
            .default("demand"),
        key("restart", or_word(reference("time"), "never"), "when a process whose job was killed begins its next")
            .default(second),
    ];
    let own =
        CONTROLLERS.iter().map(|controller| (controller.name, controller.parameters.iter().map(parameter).collect()));
    Table::of(keys).by("controller", own).json()
}

fn parameter(parameter: &Parameter) -> Key {
    let schema = match parameter.kind {
        Kind::Fraction { positive: None } => fraction(),
        Kind::Fraction { positive: Some(_) } => above(0.0, 1.0),
        Kind::Time(_) => reference("time"),
        Kind::Count(least, most) => whole(i64::from(least), i64::from(most)),
        Kind::Level => whole(1, i64::from(MOST_PROCESSES)),
        Kind::Number(least, most) => number(least, most),
    };
    let key = key(parameter.key, schema, parameter.meaning);
    match parameter.default {
        None => key,
        Some(Setting::Number(number)) => key.default(json!(number)),
        Some(Setting::Time(span)) => key.default(show_duration(span.0)),
        Some(Setting::Count(count)) => key.default(count),
    }
}
