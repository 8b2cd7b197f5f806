//! Shards, merged in any split and order.

use super::*;
use crate::experiment::{Shard, merge, shards_folder, status};
use std::path::PathBuf;

/// Runs a shard into a folder of its own.
fn shard(plan: &Plan, number: u32, of: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    shard_into(plan, Shard::new(number, of).unwrap(), dir.path(), curve);
    dir
}

fn shard_into<R>(plan: &Plan, shard: Shard, out: &Path, run: R) -> u64
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    let options = Options { shard: Some(shard), ..options(out, OnExisting::Resume) };
    match sweep(plan, &options, run, &AtomicBool::new(false), &()) {
        Ok(Outcome::ShardDone { runs }) => runs,
        other => panic!("{other:?}"),
    }
}

fn paths(dirs: &[tempfile::TempDir]) -> Vec<PathBuf> {
    dirs.iter().map(|dir| dir.path().to_path_buf()).collect()
}

fn merged(dirs: &[PathBuf]) -> Result<BTreeMap<String, Vec<u8>>> {
    let out = tempfile::tempdir().unwrap();
    merge(dirs, out.path(), false).map(|_| contents(out.path()))
}

fn refused(dirs: &[PathBuf]) -> String {
    merged(dirs).err().map_or_else(|| panic!("it was accepted"), |error| error.to_string())
}

#[test]
fn any_split_in_any_order_gives_the_same_bytes() {
    let mut plan = plan([9, 3, 12, 27, 15, 4, 6, 18], 3);
    // Two values of an axis that mean the same.
    let twin = |cell: Cell| {
        if cell.coordinates == ["15"] { Cell { coordinates: cell.coordinates, ..plan.cells.get(1) } } else { cell }
    };
    plan.cells = plan.cells.iter().map(twin).collect();
    let expected = expected(&plan);
    for of in [1, 2, 3, 7, 20] {
        let mut dirs: Vec<_> = (1..=of).map(|number| shard(&plan, number, of)).collect();
        // More shards than there are distinct cells leaves some of them empty.
        assert!(merged(&paths(&dirs)).unwrap() == expected, "{of} shards");
        dirs.reverse();
        assert!(merged(&paths(&dirs)).unwrap() == expected, "{of} shards, backwards");
    }
    // Different splits together: everything is there at least once, some twice.
    let dirs = [shard(&plan, 1, 2), shard(&plan, 2, 3), shard(&plan, 1, 1), shard(&plan, 2, 2)];
    assert!(merged(&paths(&dirs)).unwrap() == expected);
    // A whole sweep is a shard too.
    let whole = tempfile::tempdir().unwrap();
    finish(&plan, &options(whole.path(), OnExisting::Replace), curve);
    let dirs = [shard(&plan, 2, 2), whole];
    assert!(merged(&paths(&dirs)).unwrap() == expected);
    assert!(merged(&[paths(&dirs)[1].clone()]).unwrap() == expected);
}

#[test]
fn a_shard_is_run_once_and_goes_on_where_it_stopped() {
    let plan = plan(1..=6, 2);
    let dir = tempfile::tempdir().unwrap();
    let half = Shard::new(2, 2).unwrap();
    let (stop, begun) = (AtomicBool::new(false), AtomicU32::new(0));
    let options = Options { shard: Some(half), ..options(dir.path(), OnExisting::Resume) };
    let first = sweep(
        &plan,
        &options,
        |config: &Config, seed: u64, stop: &AtomicBool| {
            if begun.fetch_add(1, Ordering::Relaxed) >= 2 {
                stop.store(true, Ordering::Relaxed);
                return Err(Error::Interrupted);
            }
            curve(config, seed, stop)
        },
        &stop,
        &(),
    );
    assert!(matches!(first, Ok(Outcome::Interrupted { done: 2, total: 6 })), "{first:?}");
    let made = AtomicU32::new(0);
    for expected in [4, 4] {
        shard_into(&plan, half, dir.path(), |config, seed, stop| {
            assert_eq!(config.classes[0].count % 2, 0, "the cells are dealt out in turn");
            made.fetch_add(1, Ordering::Relaxed);
            curve(config, seed, stop)
        });
        assert_eq!(made.load(Ordering::Relaxed), expected);
    }
}

#[test]
fn gaps_are_named() {
    let plan = plan(1..=6, 2);
    let dirs = [shard(&plan, 1, 3), shard(&plan, 3, 3)];
    let message = refused(&paths(&dirs));
    assert!(message.contains("4 of 12 runs are missing"), "{message}");
    assert!(message.contains("process.worker.count = 2 in replication 0"), "{message}");
    assert!(message.contains("not among them: shard 2/3"), "{message}");
    // The last line torn off: one run is missing, and it is said which.
    let path = dirs[1].path().join(files::JOURNAL);
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() - 5]).unwrap();
    let whole = [dirs, [shard(&plan, 2, 3), tempfile::tempdir().unwrap()]].into_iter().flatten().take(3);
    let message = refused(&paths(&whole.collect::<Vec<_>>()));
    assert!(message.contains("1 of 12 runs are missing: process.worker.count = "), "{message}");
}

#[test]
fn results_that_disagree_are_pointed_at() {
    let plan = plan(1..=3, 1);
    let (one, other) = (shard(&plan, 1, 1), shard(&plan, 1, 1));
    let path = other.path().join(files::JOURNAL);
    let text = fs::read_to_string(&path).unwrap();
    let value = curve(&config(2), crate::experiment::run_seed(7, 0), &AtomicBool::new(false)).unwrap();
    let value = value.values["throughput"].to_string();
    assert!(text.contains(&value));
    fs::write(&path, text.replacen(&value, "1.5", 1)).unwrap();
    for dirs in [[&one, &other], [&other, &one]] {
        let message = refused(&dirs.map(|dir| dir.path().to_path_buf()));
        assert!(message.contains("process.worker.count = 2 in replication 0"), "{message}");
        assert!(
            message.contains("throughput is") && message.contains("\"1.5\"") && message.contains(&value),
            "{message}"
        );
    }
}

#[test]
fn other_sweeps_and_versions_are_refused() {
    let one = plan(1..=3, 1);
    let mut other = plan(1..=3, 2);
    other.effective.push_str("[run]\nreplications = 2\n");
    let dirs = [shard(&one, 1, 2), shard(&other, 2, 2)];
    let message = refused(&paths(&dirs));
    assert!(message.contains("another sweep") && message.contains("more lines"), "{message}");
    let mut renamed = one.clone();
    renamed.name = "renamed".into();
    let dirs = [shard(&one, 1, 2), shard(&renamed, 2, 2)];
    assert!(refused(&paths(&dirs)).contains("\"renamed\""));

    let dirs = [shard(&one, 1, 2), shard(&one, 2, 2)];
    let path = dirs[1].path().join(files::SWEEP);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"0.0.7\"")).unwrap();
    let message = refused(&paths(&dirs));
    assert!(message.contains("knee 0.0.7") && message.contains(env!("CARGO_PKG_VERSION")), "{message}");
    fs::write(&path, "{").unwrap();
    assert!(refused(&paths(&dirs)).contains("sweep.json:1"));
    let empty = tempfile::tempdir().unwrap();
    assert!(refused(&[empty.path().to_path_buf()]).contains("no results of knee"));
    assert!(matches!(merged(&["nowhere".into()]), Err(Error::Read { .. })));
}

#[test]
fn where_the_merge_goes_nothing_is_lost() {
    let plan = plan(1..=4, 2);
    let dirs = [shard(&plan, 1, 2), shard(&plan, 2, 2)];
    let error = merge(&paths(&dirs), dirs[0].path(), false).unwrap_err().to_string();
    assert!(error.contains("to be merged"), "{error}");
    let unfinished = interrupted_after(&plan, 3);
    let error = merge(&paths(&dirs), unfinished.path(), false).unwrap_err().to_string();
    assert!(error.contains("unfinished sweep"), "{error}");
    merge(&paths(&dirs), unfinished.path(), true).unwrap();
    assert!(contents(unfinished.path()) == expected(&plan));
    // A second time it replaces what is there.
    merge(&paths(&dirs), unfinished.path(), false).unwrap();
    assert!(contents(unfinished.path()) == expected(&plan));
    let mut other = plan.clone();
    other.name = "other".into();
    let foreign = tempfile::tempdir().unwrap();
    finish(&other, &options(foreign.path(), OnExisting::Replace), curve);
    assert!(merge(&paths(&dirs), foreign.path(), false).unwrap_err().to_string().contains("\"other\""));
}

#[test]
fn the_status_counts_what_is_there() {
    let plan = plan(1..=5, 2);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("results");
    let fails = |config: &Config, seed: u64, stop: &AtomicBool| match config.classes[0].count {
        3 => Err(Error::Stuck("swap space is full".into())),
        _ => curve(config, seed, stop),
    };
    let nothing = status(&plan, &out).unwrap();
    assert_eq!((nothing.len(), nothing[0].runs, nothing[0].done, nothing[0].finished), (1, 10, 0, false));
    for number in [1, 2] {
        let shard = Shard::new(number, 3).unwrap();
        shard_into(&plan, shard, &shards_folder(&out).join(shard.folder()), fails);
    }
    let found = status(&plan, &out).unwrap();
    let counts: Vec<_> = found.iter().map(|status| (status.runs, status.done, status.finished)).collect();
    assert_eq!(counts, [(10, 0, false), (4, 4, false), (4, 4, false)]);
    let shard = Shard::new(3, 3).unwrap();
    shard_into(&plan, shard, &shards_folder(&out).join(shard.folder()), fails);
    assert_eq!(status(&plan, &out).unwrap()[3].failed, BTreeMap::from([("swap space is full".to_owned(), 2)]));
    // The folder of all of them may stand for them.
    merge(&[shards_folder(&out)], &out, false).unwrap();
    let found = status(&plan, &out).unwrap();
    assert_eq!((found[0].done, found[0].finished, found[0].writer.clone()), (10, true, None));
}

/// How many replications a cell has is decided from that cell alone, so a split changes nothing.
#[test]
fn cells_with_a_precision_are_the_same_in_any_split() {
    let mut plan = plan([9, 3, 1, 27, 2], 3);
    plan.control.stopping = Some(crate::scenario::Stopping { precision: 0.002, most: 12 });
    let expected = expected(&plan);
    for of in [1, 2, 4] {
        let dirs: Vec<_> = (1..=of).map(|number| shard(&plan, number, of)).collect();
        assert!(merged(&paths(&dirs)).unwrap() == expected, "{of} shards");
    }
    // A shard that is not complete is noticed, though nobody knows beforehand how many runs it has.
    let dirs = [shard(&plan, 1, 2)];
    assert!(refused(&paths(&dirs)).contains("missing"));
    let all = tempfile::tempdir().unwrap();
    let runs = shard_into(&plan, Shard::new(1, 1).unwrap(), all.path(), curve);
    let found = status(&plan, all.path()).unwrap();
    assert_eq!((found[0].runs, found[0].done), (runs, runs));
    assert!(runs > 15, "{runs}");
}
