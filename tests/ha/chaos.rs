//! A short run of `make chaos`, and one whose reads are falsified.

use kontiki_chaos::{Figures, Options, run};

/// Runs it on the binary under test.
fn chaos(options: Options) -> Figures {
    let program = Some(env!("CARGO_BIN_EXE_kontiki").into());
    let figures = run(&Options { program, ..options }).unwrap();
    println!("{figures}");
    figures
}

fn options(seed: u64, seconds: u64) -> Options {
    let (minutes, program, keep, falsify) = (None, None, None, None);
    Options { seed, seconds, minutes, clients: 9, watchers: 6, program, keep, falsify, calm: false }
}

#[test]
fn clients_and_watchers_do_not_notice_what_is_broken() {
    let figures = chaos(options(1, 25));
    assert!(figures.is_good(), "{:?}", figures.verdict.violations);
    assert!(figures.verdict.checked > 100 && figures.verdict.deliveries > 100, "too little was checked: {figures}");
    assert!(figures.leader_kills > 0, "{figures}");
}

/// On a busy machine so few reads may be made that none of the falsified ones contradicts anything: then it is run again.
#[test]
fn one_stale_read_among_many_is_noticed() {
    let runs = (2..7).map(|seed| chaos(Options { calm: true, falsify: Some(50), ..options(seed, 8) }));
    let noticed = runs.into_iter().find(|figures| !figures.is_good()).expect("five runs notice nothing");
    assert!(noticed.verdict.violations.iter().all(|violation| violation.starts_with("register")), "{noticed}");
}
