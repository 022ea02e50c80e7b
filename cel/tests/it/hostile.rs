//! Whatever comes in: an answer or an error, soon, without a panic and without overflowing the stack.

use kontiki_cel::{Bindings, Budget, Environment, Program, Type, Value};
use proptest::prelude::*;
use serde_json::json;

fn environment() -> Environment {
    Environment::new()
        .declare("object", Type::Dyn)
        .declare("s", Type::String)
        .declare("l", Type::list(Type::Int))
        .with_mutation_types()
}

fn try_it(source: &str) {
    let object = json!({"a": [1, 2.5, "x", null, {"b": true}], "s": "text", "m": {"k": 1}});
    let list = json!([1, 2, 3]);
    let Ok(program) = Program::compile(source, &environment()) else { return };
    let bindings = Bindings::new()
        .bind("object", Value::json(&object))
        .bind("s", Value::String("héllo".into()))
        .bind("l", Value::json(&list));
    let _ = program.estimated_cost(&environment());
    let _ = program.evaluate(&bindings, &mut Budget::total(200_000)).map(|value| value.to_json().is_ok());
}

const WORDS: &[&str] = &[
    "object",
    "s",
    "l",
    "x",
    "1",
    "0",
    "-1",
    "2u",
    "1.5",
    "'a'",
    "b'x'",
    "true",
    "null",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ".",
    ",",
    "?",
    ":",
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    " in ",
    ".a",
    ".m",
    ".?a",
    "[?",
    ".size()",
    ".all(x,",
    ".map(x,",
    ".exists(k, v,",
    ".filter(x,",
    ".transformMap(k, v,",
    "has(object.a)",
    "cel.bind(x,",
    ".optMap(x,",
    "optional.of(",
    "optional.none()",
    ".orValue(",
    "int(",
    "string(",
    "type(",
    "dyn(",
    "duration('1h')",
    "timestamp('2024-01-01T00:00:00Z')",
    "quantity('1')",
    "ip('::1')",
    "cidr('::/0')",
    ".matches('a*')",
    ".format([",
    ".split('')",
    ".join(",
    ".substring(",
    ".sum()",
    ".min()",
    "9223372036854775807",
    "Object{",
    "JSONPatch{op:",
    "semver('1.0.0')",
    "url('/a')",
    ".reverse()",
    ".flatten()",
    ".sortBy(x,",
    ".sort()",
    "lists.range(",
    ".slice(",
    ".replace('',",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_is_survived(source in "\\PC{0,60}") {
        try_it(&source);
    }

    #[test]
    fn random_words_are_survived(words in prop::collection::vec(prop::sample::select(WORDS), 0..20)) {
        try_it(&words.concat());
    }

    #[test]
    fn well_formed_nonsense_is_survived(a in prop::sample::select(WORDS), b in prop::sample::select(WORDS), c in prop::sample::select(WORDS)) {
        try_it(&format!("[dyn({a})].map(x, dyn({b})).all(x, dyn({c}) == x)"));
        try_it(&format!("{a}{b}{c})"));
    }
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("!(", ")"),
        ("{1:", "}"),
        ("1+(", ")"),
        ("true?1:(", ")"),
        ("[1].map(x,", ")"),
        ("size(", ")"),
        ("[1].sortBy(x,", ")"),
    ] {
        for depth in [100, 140, 149, 240, 300, 20_000] {
            try_it(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
        }
    }
    for (word, times) in [
        ("1+", 30_000),
        ("!", 90_000),
        ("-", 90_000),
        ("a.", 40_000),
        ("a?", 40_000),
        ("true||", 15_000),
        ("true&&", 15_000),
        ("a[", 30_000),
        ("true?1:", 14_000),
        ("true?", 19_000),
    ] {
        try_it(&format!("{}1", word.repeat(times)));
    }
    for chain in ["1+".repeat(300), "true?1:".repeat(300), "true?1:".repeat(14_000)] {
        let issues = Program::compile(&format!("{chain}1"), &environment()).unwrap_err();
        assert_eq!(issues[0].message, "expression recursion limit exceeded: 250");
    }
    assert!(Program::compile("true&&".repeat(5_000).trim_end_matches("&&"), &environment()).is_ok());
}

#[test]
fn the_deepest_expression_allowed_runs_on_a_small_stack() {
    let nested = format!("{}1{}", "[".repeat(140), "]".repeat(140));
    let sum = format!("{}1", "1+".repeat(240));
    let maps = format!("{}1{}", "[1].map(x,".repeat(140), ")".repeat(140));
    let sorts = format!("{}1{}", "[1].sortBy(x,".repeat(45), ")[0]".repeat(44) + ")");
    let choices = format!("{}1", "s==''?2:".repeat(240));
    let run = move || {
        [nested, sum, maps, sorts, choices].iter().for_each(|source| {
            assert!(Program::compile(source, &environment()).is_ok());
            try_it(source);
        })
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn bombs_end_soon() {
    let doubling = |levels: usize| {
        let mut source = String::new();
        for level in 1..=levels {
            source.push_str(&format!("cel.bind(v{level}, [v{0}, v{0}], ", level - 1));
        }
        format!("cel.bind(v0, [1], {source} v{levels} == [v{}, v{}]{})", levels - 1, levels - 1, ")".repeat(levels))
    };
    for source in [
        doubling(60),
        "lists.range(1000000).map(a, lists.range(1000000))".into(),
        "[s, s].join(s).replace('', s.replace('', s.replace('', s.replace('', s))))".into(),
        "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))".into(),
        "s.matches('(' + s + '{1000}){1000}')".into(),
        "'%.1000f'.format([1.0])".into(),
        "s.matches('((a{100}){100}){100}')".into(),
    ] {
        try_it(&source);
    }
}

/// Its cost counts the letters of a pattern, not how often it repeats them.
#[test]
fn a_long_text_is_not_matched_with_a_pattern_that_repeats_itself() {
    let text = "ab".repeat(500_000);
    let matched = |pattern: &str, length: usize| {
        let program = Program::compile(&format!("s.matches('{pattern}')"), &environment()).unwrap();
        let bindings = Bindings::new().bind("s", Value::String(text.get(..length).unwrap().into()));
        program.evaluate(&bindings, &mut Budget::per_call()).is_ok()
    };
    assert!(matched("^[ab]+$", 1_000_000) && matched("(a|b)*a(a|b){999}", 2_000));
    assert!(!matched("(a|b)*a(a|b){999}", 1_000_000), "for seconds");
}
