//! The schema against the reader of scenarios: what the one asks for and accepts, so does the other.

use super::super::Scenario;
use super::super::files::Files;
use super::super::reader::{Context, Seen};
use super::super::resolve;
use super::super::tree::{Node, Value as Toml};
use super::schema;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const BASE: &str = "\
[machine]
memory = \"400 frames\"
[device.paging]
service = \"5 ms\"
[process.worker]
pages = 100
[process.worker.references]
kind = \"independent\"
";

/// What is tried upon the base, several assignments at once separated by a bar.
const VARIANTS: &[&str] = &[
    "machine.scheduler=run-to-fault | machine.engine=walk",
    "replacement.scope=local | replacement.partition=proportional",
    "replacement.scope=local | replacement.partition={ worker = 50 }",
    "replacement.policy=lru | title=a title | name=a-name",
    "reclaim.watermarks={ min = \"4 frames\", low = \"2 %\", high = \"20 frames\" } | swap.readahead=4",
    "reclaim.watermarks={ min = \"1 %\", low = \"2 %\", high = \"3 %\" } | reclaim.cleaner={ frames = 10 } | swap.size=\"900 pages\"",
    "worker.job=\"1 s\" | worker.think={ kind = \"exponential\", mean = \"1 s\" } | worker.stagger=\"1 ms\"",
    "worker.job={ kind = \"lognormal\", mean = \"1 s\", cv = 2 } | worker.arrivals={ kind = \"gamma\", mean = \"1 s\", cv = 0.5 } | worker.queue_limit=10",
    "worker.job={ kind = \"pareto\", mean = \"1 s\", shape = 1.5 } | worker.memory_between_jobs=fresh",
    "worker.job={ kind = \"weibull\", mean = \"1 s\", shape = 1.5 } | worker.priority=-3",
    "worker.job={ kind = \"empirical\", values = [\"1 s\", \"2 s\"] } | worker.backing=file",
    "worker.job={ kind = \"constant\", value = \"1 s\" }",
    "worker.job={ kind = \"empirical\", file = \"times.txt\", unit = \"ms\" }",
    "worker.burst={ length = \"5 ms\", think = \"10 ms\" }",
    "worker.burst={ length = \"5 ms\", file_io = true, write_fraction = 0.5 } | device.file.service=\"5 ms\"",
    "worker.references={ kind = \"scan\", stride = 2, first_page = 10, pages = 20, write_fraction = 0.1 }",
    "worker.references={ kind = \"sawtooth\" } | worker.references.write_fraction=1",
    "worker.references={ kind = \"lru-stack\", weights = [3, 2, 1] }",
    "worker.references={ kind = \"lru-stack\", weights = { kind = \"uniform\" } }",
    "worker.references={ kind = \"recorded\", file = \"pages.txt\" }",
    "worker.references={ kind = \"recorded\", file = \"pages.txt\", loop = false, offset = 1 }",
    "worker.references={ kind = \"lifetime\", function = \"power\", a = \"1 us\", k = 2 }",
    "worker.references={ kind = \"lifetime\", function = \"chamberlin-fuller-liu\", b = \"5 ms\", c = 40 }",
    "worker.references={ kind = \"lifetime\", function = \"table\", points = [[10, \"1 ms\"], [40.5, \"8 ms\"]] }",
    "worker.references.weights={ kind = \"zipf\", exponent = 0.8 }",
    "worker.references.weights={ kind = \"geometric\", ratio = 0.9 }",
    "worker.references.weights={ kind = \"hot-cold\", hot_pages = 0.1, hot_references = 0.9 }",
    "worker.references=[{ kind = \"scan\", share = 0.4 }, { kind = \"independent\", share = 0.6 }]",
    "worker.references=[{ kind = \"scan\" }]",
    "worker.references={ kind = \"phases\", locality = { size = 40, overlap = 0.5 }, holding = 20000 }",
    "worker.references={ kind = \"phases\", locality = { size = { kind = \"exponential\", mean = 40 } }, holding = { kind = \"exponential\", mean = 2e4 }, micromodel = \"cyclic\" }",
    "worker.references={ kind = \"phases\", locality = { size = { kind = \"normal\", mean = 30, sd = 4 }, points = 3 }, holding = 20000, layout = \"contiguous\" }",
    "worker.references={ kind = \"phases\", locality = { sets = [[20, 0.5], [40, 0.5]] }, holding = 20000, micromodel = { kind = \"zipf\" } }",
    "worker.references={ kind = \"phases\", locality = { size = \"40 pages\" }, holding = \"20000 references\", micromodel = { kind = \"lru-stack\", weights = { kind = \"geometric\", ratio = 0.9 } } }",
    "worker.references={ kind = \"phases\", locality = { size = 40 }, holding = 2e4, micromodel = { kind = \"hot-cold\", hot_pages = 0.1, hot_references = 0.9 } }",
    "process.worker={ region = [{ kind = \"text\", pages = 20, share = 0.4, references = { kind = \"scan\" } }, { kind = \"stack\", pages = 10, share = 0.6, references = { kind = \"sawtooth\" } }, { kind = \"gap\", pages = 3 }, { kind = \"kernel\", pages = 2 }] } | device.file.service=\"5 ms\"",
    "process.worker={ region = [{ kind = \"shared\", pages = 20, share = 1, object = \"log\", offset = 2, object_pages = 30, write_fraction = 0.1, references = { kind = \"scan\" } }, { kind = \"heap\", name = \"h\", pages = 10, address = 50, protection = \"r--\" }], violations = \"expected\", loading = \"prepage\" } | swap.on_full=stall",
    "worker.forked=true | worker.loading=whole | virtual_memory.page_tables=charged",
    "worker.references={ kind = \"phases\", locality = { size = 40 }, holding = 2e4, micromodel = { kind = \"geometric\", ratio = 0.9 } }",
    "device.paging={ read = \"5 ms\", write = { kind = \"exponential\", mean = \"5 ms\" }, parallelism = 4 }",
    "device.paging={ preset = \"hp97560\", scheduler = { kind = \"deadline\", batch = 3 } }",
    "device.paging={ preset = \"hp97560\", scheduler = \"sptf\", read_cache = { segments = 2 }, write_cache = { run = 3 } }",
    "device.paging={ preset = \"sata-7200\", zones = [{ cylinders = 1962, sectors_per_track = 72 }], seek = { table = [[1, \"2 ms\"], [1000, \"9 ms\"]] } }",
    "device.paging={ preset = \"sata-7200\", read_cache = \"none\", write_cache = \"none\" }",
    "device.paging={ preset = \"sata-ssd\", ftl = \"none\", suspend = \"none\" }",
    "device.paging={ preset = \"nvme-p4800x\", ftl = { victim = \"cost-benefit\" } }",
    "device.paging={ preset = \"cloud-volume\", limits = [{ unit = \"bytes\", per_second = 1000000, burst = 10000000 }], behind = { preset = \"sata-7200\" } }",
    "device.paging={ kind = \"areas\", areas = [{ device = { preset = \"sata-ssd\" } }, { priority = -1, pages = 20, device = { preset = \"hp97560\" } }] }",
    "device.paging={ preset = \"zswap\", behind = { preset = \"sata-7200\" }, ratio = { kind = \"pareto\", mean = 3, shape = 3 } }",
    "device.paging={ preset = \"rdma\", behind = \"none\", capacity = 100000 }",
    "worker.memory_max=\"90 frames\" | worker.memory_low=\"9 frames\" | worker.memory_min=\"5 frames\"",
    "worker.count=3 | worker.schedule=[{ at = \"0 s\", count = 1 }, { at = \"5 s\", count = 3 }]",
    "run.locality={ window = 100 }",
    "run.precision=\"2%\" | run.max_replications=20 | run.replications=4",
    "run.precision=0.05 | run.warmup=\"1 s\" | run.livelock_after=\"2 s\"",
    "sweep.'worker.count'=1..3 | sweep.'machine.cpus'=[1, 2] | sweep.'device.paging.service'={ from = \"1 ms\", to = \"2 ms\", step = \"1 ms\" }",
    "sweep.worker.references.weights.exponent={ from = 1, to = 4, factor = 2 } | worker.references.weights={ kind = \"zipf\" }",
];

/// Every scenario that is at hand: those of the repository, and one for each word that some key can have.
fn corpus() -> Vec<(String, Scenario)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("configs"), &mut found);
    files(&root.join("experiments"), &mut found);
    files(&root.join("tests"), &mut found);
    assert!(found.len() > 10);
    let mut corpus: Vec<(String, Scenario)> =
        found.iter().map(|path| (path.display().to_string(), Scenario::load(path).unwrap())).collect();
    let folder = std::env::temp_dir().join(format!("knee-schema-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("times.txt"), "1\n2\n").unwrap();
    std::fs::write(folder.join("pages.txt"), "1\n2\n3\n").unwrap();
    let mut variants: Vec<String> = VARIANTS.iter().map(|variant| (*variant).to_owned()).collect();
    variants.push(String::new());
    variants.extend(crate::policy::POLICIES.iter().map(|policy| {
        let foresees = policy.observes == crate::policy::Observes::Future;
        let source = if foresees { " | worker.references={ kind = \"recorded\", file = \"pages.txt\" }" } else { "" };
        format!("replacement.policy={}{source}", policy.name)
    }));
    variants.extend(crate::device::PRESETS.iter().map(|preset| {
        // The drum is small.
        format!("device.paging={{ preset = \"{}\" }} | swap.size=\"200 pages\"", preset.name)
    }));
    variants.extend(crate::load_control::CONTROLLERS.iter().map(|controller| {
        let needed = controller.parameters.iter().filter(|parameter| parameter.default.is_none());
        let needed: String = needed.map(|parameter| format!(" | load_control.{}=3", parameter.key)).collect();
        let policy = match controller.needs {
            crate::load_control::Needs::Nothing => "",
            _ => " | replacement.policy=ws",
        };
        format!("load_control.controller={}{needed}{policy}", controller.name)
    }));
    for variant in variants {
        let mut scenario = Scenario::parse(BASE, "base.toml", &folder).unwrap();
        for assignment in variant.split('|').map(str::trim).filter(|assignment| !assignment.is_empty()) {
            scenario.set(assignment).unwrap();
        }
        corpus.push((variant, scenario));
    }
    corpus
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

/// Says everything that is wrong, not only the first.
fn nothing(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

fn json(node: &Node) -> Value {
    match &node.value {
        Toml::Text(text) => json!(text),
        Toml::Whole(whole) => json!(whole),
        Toml::Real(real) => json!(real),
        Toml::Truth(truth) => json!(truth),
        Toml::Date => json!("1979-05-27"),
        Toml::List(items) => Value::Array(items.iter().map(json).collect()),
        Toml::Table(table) => Value::Object(table.iter().map(|entry| (entry.key.clone(), json(&entry.node))).collect()),
    }
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

/// A scenario that is accepted: as it was written, and with all defaults.
struct Known {
    name: String,
    scenario: Scenario,
    document: Value,
    effective: Value,
}

/// The corpus, understood once, and what is wrong with the rest of it.
fn understood() -> &'static (Vec<Known>, Vec<String>) {
    static KNOWN: OnceLock<(Vec<Known>, Vec<String>)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for (name, scenario) in corpus() {
            match scenario.plan() {
                Ok(plan) => {
                    let effective = Scenario::parse(&plan.effective, "effective.toml", &scenario.folder).unwrap();
                    let (document, effective) = (json(&scenario.document), json(&effective.document));
                    all.push(Known { name, document, effective, scenario });
                }
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        (all, wrong)
    })
}

fn known() -> &'static [Known] {
    &understood().0
}

#[test]
fn the_corpus_is_accepted() {
    nothing(&understood().1);
}

#[test]
fn what_is_accepted_is_valid_with_all_defaults_too() {
    let validator = validator();
    let mut wrong = Vec::new();
    for known in known() {
        for document in [&known.document, &known.effective] {
            let errors = validator.iter_errors(document);
            wrong.extend(errors.map(|error| format!("{}: {}: {error}", known.name, error.instance_path())));
        }
    }
    nothing(&wrong);
}

/// Every place of a document, with its path.
fn places(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut step = |part: String, inner: &Value| {
        path.push(part);
        found.push(path.clone());
        places(inner, path, found);
        path.pop();
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, inner)| step(key.clone(), inner)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, inner)| step(at.to_string(), inner)),
        _ => {}
    }
}

fn parent<'v>(document: &'v mut Value, path: &[String]) -> &'v mut Value {
    path[..path.len() - 1].iter().fold(document, |value, part| match value {
        Value::Array(items) => &mut items[part.parse::<usize>().unwrap()],
        other => &mut other[part],
    })
}

fn at<'v>(document: &'v mut Value, path: &[String]) -> &'v mut Value {
    let parent = parent(document, path);
    let last = path.last().unwrap();
    match parent {
        Value::Array(items) => &mut items[last.parse::<usize>().unwrap()],
        table => &mut table[last],
    }
}

#[test]
fn a_misspelt_key_is_refused() {
    let validator = validator();
    let (mut tried, mut accepted) = (0, Vec::new());
    for known in known() {
        let mut all = Vec::new();
        places(&known.effective, &mut Vec::new(), &mut all);
        for path in all {
            let names = matches!(path.iter().map(String::as_str).collect::<Vec<_>>()[..], ["process", _])
                || path.contains(&"partition".to_owned())
                || (path[0] == "sweep" && path.len() > 1);
            let mut misspelt = known.effective.clone();
            let Value::Object(table) = parent(&mut misspelt, &path) else { continue };
            let key = path.last().unwrap();
            let value = table.remove(key).unwrap();
            table.insert(format!("{key}x"), value);
            tried += 1;
            if !names && validator.is_valid(&misspelt) {
                accepted.push(format!("{}: {}x is accepted", known.name, path.join(".")));
            }
        }
    }
    nothing(&accepted);
    assert!(tried > 2000, "{tried}");
}

/// What is wrong by its type the schema refuses, if the reader does; and nothing else.
#[test]
fn a_value_of_another_type_is_refused_where_the_reader_refuses_it() {
    let validator = validator();
    let values = [json!("no such word"), json!(-7), json!(true), json!([]), json!({ "no": 1 }), json!(1e30)];
    let (mut refused, mut wrong) = (0, Vec::new());
    // Those in files say nothing new, and some are large.
    for known in known().iter().filter(|known| !known.name.ends_with(".toml")) {
        let mut document = known.effective.clone();
        document.as_object_mut().unwrap().remove("sweep");
        let mut all = Vec::new();
        places(&document, &mut Vec::new(), &mut all);
        for path in &all {
            for value in &values {
                let mut document = document.clone();
                let place = at(&mut document, path);
                let original = std::mem::replace(place, value.clone());
                let valid = validator.is_valid(&document);
                let lines =
                    document.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {}\n", toml(value)));
                let text: String = lines.collect();
                // Two that are each right may contradict each other; and the names of classes are the author's.
                let contradicts = (value.is_boolean() && original.is_boolean())
                    || (path.last().is_some_and(|key| key == "partition") && value.is_object());
                // So is the name of a file.
                let named = path.last().is_some_and(|key| key == "file") && value.is_string();
                let place = path.join(".");
                match Scenario::parse(&text, "wrong.toml", &known.scenario.folder).unwrap().plan() {
                    Ok(_) if !valid => {
                        wrong.push(format!("{}: {place} = {value} is accepted, but not valid", known.name));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        refused += 1;
                        if valid && !contradicts && !named {
                            wrong.push(format!("{}: {place} = {value} is valid, but {error}", known.name));
                        }
                    }
                }
            }
        }
    }
    nothing(&wrong);
    assert!(refused > 5000, "{refused}");
}

fn toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let entries: Vec<String> =
                table.iter().map(|(key, value)| format!("\"{key}\" = {}", toml(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// All that a schema says about a place: itself, and what it refers to or leaves to choose from.
fn expand<'s>(schema: &'s Value, root: &'s Value, found: &mut Vec<&'s Value>) {
    found.push(schema);
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        expand(&root["definitions"][name.rsplit('/').next().unwrap()], root, found);
    }
    for word in ["allOf", "anyOf"] {
        for inner in schema.get(word).and_then(Value::as_array).into_iter().flatten() {
            expand(inner, root, found);
        }
    }
}

fn locate<'s>(root: &'s Value, path: &str) -> Vec<&'s Value> {
    let mut here = vec![root];
    for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        let mut all = Vec::new();
        here.iter().for_each(|schema| expand(schema, root, &mut all));
        here = all
            .iter()
            .flat_map(|schema| {
                let more = schema.get("additionalProperties").filter(|more| more.is_object());
                let item = match schema.get("items") {
                    Some(Value::Array(items)) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
                    items => items.filter(|_| part.parse::<usize>().is_ok()),
                };
                schema.get("properties").and_then(|properties| properties.get(part)).or(more).into_iter().chain(item)
            })
            .collect();
    }
    let mut all = Vec::new();
    here.iter().for_each(|schema| expand(schema, root, &mut all));
    all
}

/// Defaults that are the same in every scenario here, but need not be.
const ACCIDENTAL: &[&str] =
    &["device", "name", "blake", "pages", "write_fraction", "mapping", "share", "max_replications"];

#[test]
fn the_reader_looks_for_the_same_keys_and_words_and_has_the_same_defaults() {
    let root = schema();
    // The same table stands in several places (the source alone and among others, distributions of this and that): what is
    // read in one of them is read.
    let place = |schema: &Value| match (schema.get("properties"), schema.get("enum")) {
        (Some(Value::Object(properties)), _) => {
            let common = properties.keys().filter(|key| *key != "share" && *key != "unit");
            common.map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        (_, Some(words)) => words.to_string(),
        _ => String::new(),
    };
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut defaults: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = BTreeSet::new();
    for known in known() {
        let files = Files::new(&known.scenario.folder);
        let context = Context::new(&files);
        resolve::resolve(&context, &known.scenario.document, "base");
        for seen in context.seen.into_inner() {
            match seen {
                Seen::Table(path, known) => {
                    let tables = locate(&root, &path);
                    for key in known {
                        let has = |schema: &&Value| {
                            schema.get("properties").is_some_and(|keys| keys.get(&key).is_some())
                                || schema.get("additionalProperties").is_some_and(Value::is_object)
                        };
                        if !tables.iter().any(has) {
                            wrong.insert(format!("the schema has no {key} in [{path}]"));
                        }
                        tables.iter().for_each(|table| {
                            keys.entry(place(table)).or_default().insert(key.clone());
                        });
                    }
                }
                Seen::Words(path, known) => {
                    let places = locate(&root, &path);
                    for word in known {
                        let has = |schema: &&Value| {
                            schema.get("enum").and_then(Value::as_array).is_some_and(|all| all.contains(&json!(word)))
                        };
                        if !places.iter().any(has) {
                            wrong.insert(format!("the schema does not allow {path} = \"{word}\""));
                        }
                        places.iter().for_each(|one| {
                            words.entry(place(one)).or_default().insert(word.clone());
                        });
                    }
                }
                Seen::Default(path, text) => {
                    let places = locate(&root, &path);
                    let stated: Vec<&Value> = places.iter().filter_map(|schema| schema.get("default")).collect();
                    let found = json(&super::super::tree::parse_value(&text, &known.scenario.document.origin));
                    let same = |one: &Value| one == &found || (one.is_number() && one.as_f64() == found.as_f64());
                    if stated.is_empty() {
                        let general = path.replace(char::is_numeric, "");
                        defaults.entry(general).or_default().insert(text);
                    } else if !stated.iter().any(|one| same(one)) {
                        wrong.insert(format!("{path} is {text}, not {stated:?}"));
                    }
                }
            }
        }
    }
    let mut tables = Vec::new();
    every(&root, &mut tables);
    for table in tables {
        if let (Some(Value::Object(properties)), Some(Value::Bool(false))) =
            (table.get("properties"), table.get("additionalProperties"))
        {
            let known = keys.get(&place(table)).cloned().unwrap_or_default();
            let unread: Vec<&String> = properties.keys().filter(|key| !known.contains(*key)).collect();
            // The ends of an axis elsewhere.
            let axis = properties.contains_key("factor");
            if !axis && !unread.is_empty() {
                wrong.insert(format!("nobody reads {unread:?}; read are {known:?}"));
            }
        }
        if let (Some(Value::Array(all)), Some(known)) = (table.get("enum"), words.get(&place(table))) {
            let unread: Vec<&Value> = all.iter().filter(|word| !known.contains(word.as_str().unwrap())).collect();
            if !unread.is_empty() {
                wrong.insert(format!("nobody knows the words {unread:?}"));
            }
        }
    }
    let accidental = |path: &str| ACCIDENTAL.iter().any(|part| path.split('.').any(|own| own == *part));
    let unstated = defaults.iter().filter(|(path, texts)| texts.len() == 1 && !accidental(path));
    wrong.extend(unstated.map(|(path, texts)| format!("the schema does not state the default of {path}, {texts:?}")));
    nothing(&wrong.into_iter().collect::<Vec<_>>());
}

fn every<'s>(value: &'s Value, found: &mut Vec<&'s Value>) {
    match value {
        Value::Object(object) => {
            found.push(value);
            inner(object, found);
        }
        Value::Array(items) => items.iter().for_each(|item| every(item, found)),
        _ => {}
    }
}

fn inner<'s>(object: &'s Map<String, Value>, found: &mut Vec<&'s Value>) {
    // What stands under `then` says again what has been said.
    object.iter().filter(|(key, _)| *key != "then").for_each(|(_, value)| every(value, found));
}

#[test]
fn without_a_sweep_the_sections_are_required() {
    let validator = validator();
    let document = |text: &str| json(&Scenario::parse(text, "t.toml", Path::new("")).unwrap().document);
    assert!(validator.is_valid(&document(BASE)));
    assert!(!validator.is_valid(&document("[machine]\nmemory = \"4 frames\"\n")));
    assert!(!validator.is_valid(&document(&BASE.replace("memory", "# memory"))));
    let swept = BASE
        .replace("memory = \"400 frames\"", "")
        .replace("[device", "[sweep]\n'machine.memory' = ['4 frames']\n[device");
    assert!(validator.is_valid(&document(&swept)));
}
