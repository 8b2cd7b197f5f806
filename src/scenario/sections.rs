//! `[machine]`, `[replacement]` and `[run]`.

use super::effective::Text;
use super::locality;
use super::process::Class;
use super::quantity::{self, Fault, MOST_PAGES};
use super::reader::{self, Place, Reader};
use super::tree::{Node, Value, number, quoted};
use super::{Control, Stopping};
use crate::machine::{Engine, LocalityMeasure, Warmup};
use crate::policy::{self, Parameters, PolicyEntry, Takes, Window};
use crate::units::Span;

/// `[machine]` as far as it could be read.
pub(super) struct MachinePart {
    pub(super) page_size: Option<u64>,
    pub(super) frames: Option<u32>,
    pub(super) frames_place: Place,
    pub(super) cpus: Option<u32>,
    /// `Some(None)` is run-to-fault.
    pub(super) quantum: Option<Option<Span>>,
    pub(super) context_switch: Option<Span>,
    pub(super) fault_time: Option<Span>,
    pub(super) engine: Option<Engine>,
    pub(super) engine_place: Place,
}

pub(super) fn machine(root: &mut Reader<'_>) -> MachinePart {
    let mut table = root.table("machine");
    let page_size = table.get("page_size", Some(4096), "", quantity::page_size, |bytes| {
        let (divisor, unit) = match bytes {
            0..1024 => (1, "B"),
            1024..1_048_576 => (1 << 10, "KiB"),
            _ => (1 << 20, "MiB"),
        };
        quoted(&format!("{} {unit}", bytes / divisor))
    });
    let frames = page_size.and_then(|page_size| {
        table.get(
            "memory",
            None,
            "the size of memory, such as \"400 frames\" or \"64 MiB\"",
            |node| quantity::memory(node, page_size, (1, MOST_PAGES), false),
            |frames| quoted(&format!("{frames} frames")),
        )
    });
    table.has("memory");
    let cpus = table.count("cpus", (1, 4096), Some(1));
    let round_robin = table.choice("scheduler", &[("round-robin", true), ("run-to-fault", false)], Some("round-robin"));
    let quantum = match round_robin {
        Some(true) => table.duration("quantum", Span(1), Some(Span(10_000_000))).map(Some),
        Some(false) => {
            let problem = "contradicts scheduler = \"run-to-fault\", which has no quantum; \
                           allowed: with scheduler = \"round-robin\"";
            table.pointless("quantum", "scheduler", problem);
            Some(None)
        }
        None => {
            table.has("quantum");
            None
        }
    };
    let context_switch = table.duration("context_switch", Span::ZERO, Some(Span::ZERO));
    let fault_time = table.duration("fault_time", Span::ZERO, Some(Span::ZERO));
    let engines = [("auto", Engine::Auto), ("walk", Engine::Walk), ("leap", Engine::Leap)];
    let engine = table.choice("engine", &engines, Some("auto"));
    let part = MachinePart {
        page_size,
        frames: frames.and_then(|frames| u32::try_from(frames).ok()),
        frames_place: table.place_of("memory"),
        cpus,
        quantum,
        context_switch,
        fault_time,
        engine,
        engine_place: table.place_of("engine"),
    };
    let lines = table.finish();
    root.put("machine", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    part
}

/// The replacement policy, from the registry.
pub(super) fn policy(table: &mut Reader<'_>) -> Option<&'static PolicyEntry> {
    let words: Vec<(&str, &'static PolicyEntry)> = policy::POLICIES.iter().map(|entry| (entry.name, *entry)).collect();
    table.choice("policy", &words, Some("clock"))
}

/// The policy's parameters; a key that it does not have contradicts it.
pub(super) fn parameters(table: &mut Reader<'_>, policy: Option<&PolicyEntry>) -> Option<Parameters> {
    let defaults = Parameters::default();
    let takes = policy.map(|policy| policy.takes);
    let mut window = |key: &str, taken: bool, default: u64| -> Option<Option<Window>> {
        if taken {
            return table
                .get(key, Some(Window::References(default)), "", quantity::window, quantity::show_window)
                .map(Some);
        }
        match policy {
            Some(policy) => {
                let problem = format!("contradicts policy = {}, which has none", quoted(policy.name));
                table.pointless(key, "policy", &problem);
            }
            None => {
                table.has(key);
            }
        }
        Some(None)
    };
    let windowed = matches!(takes, Some(Takes::Window | Takes::DampedWindow));
    let given = window("window", windowed, Parameters::WINDOW)?;
    let interval = window("interval", takes == Some(Takes::Interval), Parameters::INTERVAL)?;
    let damping = match (takes, policy) {
        (Some(Takes::DampedWindow), _) => {
            let allowed = "a share of the window above 0, up to 1";
            table.real("damping", allowed, Some(Parameters::DAMPING), |share| share > 0.0 && share <= 1.0)?
        }
        (_, Some(policy)) => {
            let problem = format!("contradicts policy = {}, which has none", quoted(policy.name));
            table.pointless("damping", "policy", &problem);
            defaults.damping
        }
        _ => {
            table.has("damping");
            defaults.damping
        }
    };
    let correlated_period = match (takes, policy) {
        (Some(Takes::CorrelatedPeriod), _) => {
            table.whole("correlated_period", (0, quantity::MOST_REFERENCES as u64), Some(defaults.correlated_period))?
        }
        (_, Some(policy)) => {
            let problem = format!("contradicts policy = {}, which has none", quoted(policy.name));
            table.pointless("correlated_period", "policy", &problem);
            defaults.correlated_period
        }
        _ => {
            table.has("correlated_period");
            defaults.correlated_period
        }
    };
    Some(Parameters { window: given.or(interval).unwrap_or(defaults.window), damping, correlated_period })
}

/// `[run]` as far as it could be read.
pub(super) struct RunPart {
    pub(super) duration: Option<Span>,
    pub(super) warmup: Option<Warmup>,
    pub(super) observations: Option<u32>,
    pub(super) livelock_after: Option<Span>,
    /// `Some(None)` is not measured.
    pub(super) locality: Option<Option<LocalityMeasure>>,
    pub(super) control: Option<Control>,
}

pub(super) fn run(root: &mut Reader<'_>, classes: &[Class]) -> RunPart {
    let mut table = root.table("run");
    // The shortest run that still has as many nanoseconds as observations can be asked for.
    let duration = table.duration("duration", Span(1_000), Some(Span(60_000_000_000)));
    let auto = |node: &Node| matches!(&node.value, Value::Text(text) if text.trim() == "auto");
    let shown = |span: &Option<Span>| span.map_or_else(|| "auto".to_owned(), |span| quantity::show_duration(span.0));
    let or_auto = |node: &Node, least: u64| {
        if auto(node) {
            return Ok(None);
        }
        quantity::duration(node, least).map(|nanos| Some(Span(nanos))).map_err(|mut fault| {
            fault.problem.push_str(", or \"auto\"");
            fault
        })
    };
    let warmup = table.get("warmup", Some(None), "", |node| or_auto(node, 0), |span| quoted(&shown(span)));
    if let (Some(Some(warmup)), Some(duration)) = (warmup, duration)
        && warmup >= duration
    {
        let fault = Fault::new(
            quoted(&quantity::show_duration(warmup.0)),
            format_args!("less than run.duration, which is {}", quoted(&quantity::show_duration(duration.0))),
        );
        table.fault("warmup", fault);
    }
    let observations = table.count("observations", (10, 100_000), Some(200));
    if let (Some(observations), Some(duration)) = (observations, duration)
        && u64::from(observations) > duration.0
    {
        let fault = Fault::new(observations, "at most one observation for each nanosecond of run.duration");
        table.fault("observations", fault);
    }
    let livelock = table.get("livelock_after", Some(None), "", |node| or_auto(node, 1), |span| quoted(&shown(span)));
    if let (Some(Some(livelock)), Some(duration)) = (livelock, duration)
        && livelock > duration
    {
        let fault = Fault::new(
            quoted(&quantity::show_duration(livelock.0)),
            format_args!("up to run.duration, which is {}", quoted(&quantity::show_duration(duration.0))),
        );
        table.fault("livelock_after", fault);
    }
    // Half the run, so that a run that is stuck from its beginning ends early; a minute is long for any machine.
    let livelock_after = match (livelock, duration) {
        (Some(Some(span)), _) => Some(span),
        (Some(None), Some(duration)) => {
            let span = Span((duration.0 / 2).clamp(1, 60_000_000_000));
            table.replace_cell("livelock_after", quoted(&quantity::show_duration(span.0)));
            Some(span)
        }
        _ => None,
    };
    let locality = locality::locality(&mut table, classes);
    let seed = table.whole("seed", (0, i64::MAX as u64), Some(1));
    let replications = table.count("replications", (1, 10_000), Some(5));
    let confidence = table.real("confidence", "a number from 0.5 to 0.9999, such as 0.95", Some(0.95), |confidence| {
        (0.5..=0.9999).contains(&confidence)
    });
    let stopping = stopping(&mut table, replications);
    for key in ["seed", "replications", "confidence", "precision", "max_replications"] {
        table.plan_only(key);
    }
    let lines = table.finish();
    root.put("run", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    let control =
        || Some(Control { seed: seed?, replications: replications?, confidence: confidence?, stopping: stopping? });
    RunPart {
        duration,
        warmup: warmup.map(|span| span.map_or(Warmup::Mser5, Warmup::Fixed)),
        observations,
        livelock_after,
        locality,
        control: control(),
    }
}

/// `precision` and `max_replications`: `Some(None)` is a fixed number of replications.
fn stopping(table: &mut Reader<'_>, replications: Option<u32>) -> Option<Option<Stopping>> {
    let allowed = "a share of the mean from 0.01% to 100%, such as \"2%\", or \"none\"";
    let read = |node: &Node| {
        let fault = || Fault::new(node.describe(), allowed);
        let share = match &node.value {
            Value::Text(text) if text.trim() == "none" => return Ok(None),
            Value::Text(text) => {
                let percent = text.trim().strip_suffix('%').and_then(|digits| digits.trim().parse::<f64>().ok());
                percent.map(|percent| percent / 100.0).ok_or_else(fault)?
            }
            _ => reader::real(node, allowed, |_| true)?,
        };
        if (1e-4..=1.0).contains(&share) { Ok(Some(share)) } else { Err(fault()) }
    };
    let shown = |share: &Option<f64>| {
        quoted(&share.map_or_else(|| "none".to_owned(), |share| format!("{}%", number(share * 100.0))))
    };
    match table.get("precision", Some(None), allowed, read, shown) {
        Some(Some(precision)) => {
            let least = replications.unwrap_or(1);
            let most = table.count("max_replications", (least, 10_000), Some((least.saturating_mul(8)).min(10_000)))?;
            Some(Some(Stopping { precision, most }))
        }
        Some(None) => {
            let problem =
                "has no meaning without run.precision, to which it is the cap; allowed: with precision = \"2%\"";
            table.pointless("max_replications", "precision", problem);
            Some(None)
        }
        None => {
            table.has("max_replications");
            None
        }
    }
}
