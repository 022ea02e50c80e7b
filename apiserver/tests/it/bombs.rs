//! Small requests that want much of the server are refused before they get it. What refusing them costs in time is a
//! figure of `kontiki bench --only bombs`.

use std::time::Duration;

use kontiki_api::request::Verb;

use crate::counting::most_held;
use crate::harness::{Caller, PODS, guarded, request};

#[path = "../../../src/bench/bombs/list.rs"]
mod list;

/// What a server may hold to refuse a body: four times the largest that it reads.
const ALLOWED: usize = 4 * (3 << 20);

#[test]
fn bombs_are_refused_in_four_times_the_memory_of_the_largest_body() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(guarded());
    runtime.block_on(Caller(server.clone()).create(PODS, &list::long_pod().to_string()));
    let mut faults = Vec::new();
    for bomb in list::bombs() {
        let verb = if bomb.method == "PATCH" { Verb::Patch } else { Verb::Create };
        let send = || {
            let mut asked = request(verb, bomb.path, "");
            asked.content_type = bomb.media.into();
            asked.body = bomb.body.clone().into();
            let begun = std::time::Instant::now();
            let (answer, held) = most_held(|| runtime.block_on(server.call(asked)));
            (answer, held, begun.elapsed())
        };
        // The first request reads tables that stay.
        drop(send());
        let (answer, held, took) = send();
        let told = match answer {
            Ok(answer) => format!("taken with {}", answer.code),
            Err(status) => format!("{}: {}", status.reason.code(), status.message.chars().take(100).collect::<String>()),
        };
        println!("{:45} {:9} bytes, {:5.1} times, {took:?}: {told}", bomb.name, bomb.body.len(), held as f64 / (3 << 20) as f64);
        if !told.starts_with('4') || held > ALLOWED || took > Duration::from_secs(5) {
            faults.push(format!("{}: {held} bytes for {}, {told}", bomb.name, bomb.body.len()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Held against each other one by one, the items of each of these lists take a minute and more.
#[test]
fn long_lists_are_looked_through_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(guarded());
    for bomb in list::long_lists() {
        let mut asked = request(Verb::Create, bomb.path, "");
        asked.content_type = bomb.media.into();
        asked.body = bomb.body.into();
        let begun = std::time::Instant::now();
        let refused = runtime.block_on(server.call(asked)).err().unwrap();
        let took = begun.elapsed();
        println!("{:45} {took:?}", bomb.name);
        assert!(refused.reason.code() == 422 && took < Duration::from_secs(15), "{}: {took:?}, {}", bomb.name, refused.message);
    }
}
