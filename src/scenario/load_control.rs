//! `[load_control]`, and what a class says of its part in it.

use super::effective::Text;
use super::process::MOST_PROCESSES;
use super::quantity::{self, Fault};
use super::reader::Reader;
use super::tree::{Node, Value, number, quoted};
use crate::load_control::{
    CONTROLLERS, ClassControl, ControllerEntry, Kind, LoadControlSpec, Parameter, Resume, Setting, Settings, Suspend,
    VICTIMS,
};
use crate::units::Span;

/// `[load_control]`: `Some(None)` if there is none.
pub(super) fn load_control(root: &mut Reader<'_>) -> Option<Option<LoadControlSpec>> {
    if !root.has("load_control") {
        return Some(None);
    }
    let mut table = root.table("load_control");
    let words: Vec<(&str, &'static ControllerEntry)> = CONTROLLERS.iter().map(|entry| (entry.name, *entry)).collect();
    let controller = table.choice("controller", &words, None);
    let spec = match controller {
        Some(controller) => spec(&mut table, controller),
        None => {
            // Which keys there may be depends on the controller.
            table.mute();
            None
        }
    };
    let lines = table.finish();
    root.put("load_control", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    spec.map(Some)
}

fn spec(table: &mut Reader<'_>, controller: &'static ControllerEntry) -> Option<LoadControlSpec> {
    let period = table.get(
        "period",
        Some(controller.period),
        "a time such as \"1 s\"",
        |node| match quantity::duration(node, 0)? {
            0 => Err(Fault::new(
                format_args!("{}: a controller that decides without end", node.describe()),
                "a time from 1 ns to 10 years, such as \"1 s\"",
            )),
            nanos => Ok(Span(nanos)),
        },
        |span| quoted(&quantity::show_duration(span.0)),
    );
    let mut settings = Some(Settings::default());
    for parameter in controller.parameters {
        let value = setting(table, parameter);
        settings = settings.zip(value).map(|(settings, value)| settings.with(parameter.key, value));
    }
    foreign(table, controller);
    let victim = table.choice("victim", VICTIMS, Some("last-activated"));
    let words = [("swap-out", Suspend::SwapOut), ("decay", Suspend::Decay)];
    let suspend = table.choice("suspend", &words, Some("swap-out"));
    let words = [("demand", Resume::Demand), ("prepage", Resume::Prepage)];
    let resume = table.choice("resume", &words, Some("demand"));
    if let (Some(Suspend::Decay), Some(Resume::Prepage)) = (suspend, resume) {
        let problem = "\"prepage\" contradicts suspend = \"decay\": what is left of a set that decays is in memory still; \
                       allowed: \"demand\", or suspend = \"swap-out\"";
        table.fault("resume", Fault { problem: problem.to_owned(), help: None });
    }
    let never = |node: &Node| matches!(&node.value, Value::Text(text) if text.trim() == "never");
    let restart = table.get(
        "restart",
        Some(Some(Span(1_000_000_000))),
        "a time such as \"1 s\", or \"never\"",
        |node| {
            if never(node) {
                return Ok(None);
            }
            quantity::duration(node, 0).map(|nanos| Some(Span(nanos))).map_err(|mut fault| {
                fault.problem.push_str(", or \"never\"");
                fault
            })
        },
        |span| quoted(&span.map_or_else(|| "never".to_owned(), |span| quantity::show_duration(span.0))),
    );
    Some(LoadControlSpec {
        controller,
        settings: settings?,
        period: period?,
        victim: victim?,
        suspend: suspend?,
        resume: resume?,
        restart: restart?,
    })
}

/// One of the controller's own parameters.
fn setting(table: &mut Reader<'_>, parameter: &Parameter) -> Option<Setting> {
    let key = parameter.key;
    match parameter.kind {
        Kind::Fraction { positive } => {
            let allowed = if positive.is_some() { "a number above 0, up to 1" } else { "a number from 0 to 1" };
            let default = parameter.default.map(|_| as_number(parameter));
            let read = |node: &Node| {
                let value = super::reader::real(node, allowed, |value| (0.0..=1.0).contains(&value))?;
                match positive {
                    Some(why) if value == 0.0 => Err(Fault::new(format_args!("{}: {why}", node.describe()), allowed)),
                    _ => Ok(value),
                }
            };
            table.get(key, default, allowed, read, |value| number(*value)).map(Setting::Number)
        }
        Kind::Number(least, most) => {
            let allowed = format!("a number from {} to {}", number(least), number(most));
            let default = parameter.default.map(|_| as_number(parameter));
            table.real(key, &allowed, default, |value| (least..=most).contains(&value)).map(Setting::Number)
        }
        Kind::Count(least, most) => {
            let default = match parameter.default {
                Some(Setting::Count(count)) => Some(count),
                _ => None,
            };
            table.count(key, (least, most), default).map(Setting::Count)
        }
        Kind::Level => {
            let default = match parameter.default {
                Some(Setting::Count(count)) => Some(count),
                _ => None,
            };
            let allowed = format!("a whole number of processes from 1 to {MOST_PROCESSES}");
            let read = |node: &Node| match node.value {
                Value::Whole(0) => Err(Fault::new("0, which would admit nobody", &allowed)),
                Value::Whole(level) => u32::try_from(level)
                    .ok()
                    .filter(|level| (1..=MOST_PROCESSES).contains(level))
                    .ok_or_else(|| Fault::new(node.describe(), &allowed)),
                _ => Err(Fault::new(node.describe(), &allowed)),
            };
            table.get(key, default, &allowed, read, u32::to_string).map(Setting::Count)
        }
        Kind::Time(least) => {
            let default = match parameter.default {
                Some(Setting::Time(span)) => Some(span),
                _ => None,
            };
            table.duration(key, least, default).map(Setting::Time)
        }
    }
}

fn as_number(parameter: &Parameter) -> f64 {
    match parameter.default {
        Some(Setting::Number(number)) => number,
        _ => 0.0,
    }
}

/// Parameters of other controllers: if the controller was named later they belong to the one it took the place of, else they are refused.
fn foreign(table: &mut Reader<'_>, controller: &ControllerEntry) {
    let own = |key: &str| controller.parameters.iter().any(|parameter| parameter.key == key);
    for other in CONTROLLERS {
        for parameter in other.parameters.iter().filter(|parameter| !own(parameter.key)) {
            let problem =
                format!("is no parameter of controller {}, but of {}", quoted(controller.name), quoted(other.name));
            if table.is_known(parameter.key) {
                continue;
            }
            table.pointless(parameter.key, "controller", &problem);
            table.forget_if_absent(parameter.key);
        }
    }
}

/// `priority` of a class.
pub(super) fn class(reader: &mut Reader<'_>) -> Option<ClassControl> {
    let priority = if reader.has("priority") {
        let allowed = "a whole number from -1000 to 1000; a larger number is more important";
        let read = |node: &Node| match node.value {
            Value::Whole(whole @ -1000..=1000) => Ok(whole as i32),
            _ => Err(Fault::new(node.describe(), allowed)),
        };
        reader.get("priority", None, allowed, read, i32::to_string)
    } else {
        Some(0)
    };
    Some(ClassControl { priority: priority?, ..ClassControl::default() })
}
