//! `[load_control]`, and what a class says of its part in it.

use super::effective::Text;
use super::process::{Class, MOST_PROCESSES};
use super::quantity::{self, Fault, MOST_PAGES};
use super::reader::{Context, Place, Reader};
use super::tree::{Node, Value, number, quoted};
use crate::load_control::{
    CONTROLLERS, ClassControl, ControllerEntry, Kind, LoadControlSpec, Needs, Parameter, Resume, Setting, Settings,
    Step, Suspend, VICTIMS,
};
use crate::policy::{Observes, POLICIES, PolicyEntry, Takes};
use crate::units::{Instant, Span};

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

/// What a class says of its part: `priority`, `memory_max`, `memory_low`, `memory_min` and `schedule`.
pub(super) fn class(reader: &mut Reader<'_>, page_size: Option<u64>, count: Option<u32>) -> Option<ClassControl> {
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
    let mut frames = |key: &str, least: u64| -> Option<Option<u32>> {
        if !reader.has(key) {
            return Some(None);
        }
        let read = |node: &Node| quantity::memory(node, page_size.unwrap_or(4096), (least, MOST_PAGES), false);
        let frames = reader.get(key, None, "memory", read, |frames| quoted(&format!("{frames} frames")))?;
        u32::try_from(frames).ok().map(Some)
    };
    let (max, low, min) = (frames("memory_max", 1), frames("memory_low", 0), frames("memory_min", 0));
    if let (Some(Some(max)), Some(Some(min))) = (max, min)
        && min > max
    {
        let found = format!("{}, more than memory_max, which is {}", show(min), show(max));
        reader.fault("memory_min", Fault::new(found, "up to memory_max"));
    }
    let schedule = schedule(reader, count);
    Some(ClassControl {
        priority: priority?,
        max: max?,
        low: low?.unwrap_or(0),
        min: min?.unwrap_or(0),
        schedule: schedule?,
    })
}

fn show(frames: u32) -> String {
    quoted(&format!("{frames} frames"))
}

/// `schedule = [{ at = "0 s", count = 5 }, { at = "60 s", count = 20 }]`.
fn schedule(reader: &mut Reader<'_>, most: Option<u32>) -> Option<Vec<Step>> {
    let place = reader.place_of("schedule");
    let Some(entry) = reader.entry("schedule") else { return Some(Vec::new()) };
    let allowed =
        "a list of steps such as [{ at = \"0 s\", count = 5 }, { at = \"60 s\", count = 20 }], in order of time";
    let Value::List(nodes) = &entry.node.value else {
        reader.fault("schedule", Fault::new(entry.node.describe(), allowed));
        return None;
    };
    if nodes.is_empty() {
        reader.fault("schedule", Fault::new("an empty list", allowed));
        return None;
    }
    let mut steps: Option<Vec<Step>> = Some(Vec::new());
    let mut shown = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        let mut table = Reader::of_node(reader.context, node, format!("{}[{number}]", place.key));
        let at = table.duration("at", Span::ZERO, None).map(|at| Instant(at.0));
        let count = table.count("count", (0, most.unwrap_or(MOST_PROCESSES)), None);
        let before = steps.as_ref().and_then(|steps| steps.last()).map(|step| step.at);
        if let (Some(at), Some(before)) = (at, before)
            && at <= before
        {
            let found = quoted(&quantity::show_duration(at.0));
            let earlier = quoted(&quantity::show_duration(before.0));
            table.fault("at", Fault::new(found, format_args!("later than the step before, which is at {earlier}")));
        }
        steps = steps.zip(at.zip(count)).map(|(mut steps, (at, count))| {
            steps.push(Step { at, count });
            steps
        });
        if let (Some(at), Some(count)) = (at, count) {
            shown.push(format!("{{ at = {}, count = {count} }}", quoted(&quantity::show_duration(at.0))));
        }
        table.finish();
    }
    if steps.as_ref().is_some_and(|steps| steps.iter().all(|step| step.count == 0)) {
        reader.fault("schedule", Fault::new("a schedule on which nobody ever comes", allowed));
    }
    reader.put_value("schedule", format!("[{}]", shown.join(", ")));
    steps
}

/// How limits and controllers fit the replacement policy and the size of memory.
pub(super) fn fit(
    context: &Context<'_>,
    spec: Option<&LoadControlSpec>,
    place: &Place,
    policy: Option<&PolicyEntry>,
    frames: Option<u32>,
    local: bool,
    classes: &[Class],
) {
    if let (Some(spec), Some(policy)) = (spec, policy)
        && !suits(spec.controller.needs, policy)
    {
        let names: Vec<&str> =
            POLICIES.iter().filter(|entry| suits(spec.controller.needs, entry)).map(|entry| entry.name).collect();
        let lacks = match spec.controller.needs {
            Needs::WorkingSets => "keeps no working sets",
            Needs::Overcommitment | Needs::Nothing => "does not know what is in use",
        };
        let found = format!("{} with policy {}, which {lacks}", quoted(spec.controller.name), quoted(policy.name));
        let allowed = format!("it together with replacement.policy = {}", super::reader::one_of(&names));
        context.report(place, Fault::new(found, allowed));
    }
    let limits = classes.iter().filter(|class| {
        let control = class.config.as_ref().map(|config| &config.control);
        control.is_some_and(|control| control.max.is_some() || control.low > 0 || control.min > 0)
    });
    for class in limits.filter(|_| local) {
        let place = Place { key: format!("process.{}", class.name), ..class.pages_place.clone() };
        let problem =
            "memory_max, memory_low and memory_min contradict scope = \"local\", where each process has its frames";
        context.report(&place, Fault { problem: problem.to_owned(), help: Some("give them by partition".to_owned()) });
    }
    let protected = classes.iter().filter(|class| {
        let control = class.config.as_ref().map(|config| &config.control);
        control.is_some_and(|control| control.low > 0 || control.min > 0)
    });
    if let Some(policy) = policy.filter(|policy| policy.releases) {
        for class in protected {
            let place = Place { key: format!("process.{}", class.name), ..class.pages_place.clone() };
            let problem = format!(
                "memory_low and memory_min contradict replacement.policy = {}, which takes pages out that nobody asks for",
                quoted(policy.name)
            );
            let help =
                Some("protect pages by the class's window, or choose a policy that only names victims".to_owned());
            context.report(&place, Fault { problem, help });
        }
    }
    let minimum = |class: &Class| u64::from(class.config.as_ref().map_or(0, |config| config.control.min));
    let kept: u64 = classes.iter().map(|class| minimum(class) * u64::from(class.count.unwrap_or(0))).sum();
    if let (Some(frames), Some(class)) = (frames, classes.iter().find(|class| minimum(class) > 0))
        && kept >= u64::from(frames)
    {
        let place = Place { key: format!("process.{}.memory_min", class.name), ..class.pages_place.clone() };
        let fault = Fault::new(
            format_args!("{kept} frames that are never taken, in all classes"),
            format_args!("less than {frames}, the machine's memory"),
        );
        context.report(&place, fault);
    }
}

/// Whether a replacement policy knows what a controller needs to be told.
fn suits(needs: Needs, policy: &PolicyEntry) -> bool {
    // A window that pages leave by, or an interval; not one that only tells references apart, and not a future that is told beforehand.
    let knows = policy.takes != Takes::Nothing && policy.releases && policy.observes != Observes::Future;
    match needs {
        Needs::Nothing => true,
        Needs::Overcommitment => knows,
        Needs::WorkingSets => knows && policy.variable,
    }
}
