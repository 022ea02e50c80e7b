use kontiki_cel::{Environment, Program, Schema, Type};
use serde_json::json;

fn environment() -> Environment {
    let schema = json!({"type": "object", "properties": {"size": {"type": "integer"}, "name": {"type": "string"}}});
    Environment::new()
        .declare_schema("self", Schema::from_openapi(&schema, true).unwrap())
        .declare("items", Type::list(Type::Int))
        .declare_namespace("variables")
}

fn fault(source: &str) -> (usize, usize, String) {
    let issues = Program::compile(source, &environment()).err().unwrap_or_else(|| panic!("{source} compiles"));
    (issues[0].line, issues[0].column, issues[0].message.clone())
}

#[test]
fn only_lists_are_sorted_by_a_key() {
    let wrong = |source: &str| {
        let issues = Program::compile(source, &Environment::new()).err();
        issues.map(|issues| issues[0].message.clone()).unwrap_or_default()
    };
    let wanted = "sortBy can only be applied to a list, identifier, comprehension, call or select expression";
    assert_eq!(wrong("{'a': 1}.sortBy(x, x) == []"), wanted);
    assert_eq!(wrong("[1].sortBy(x.y, x) == []"), "argument is not an identifier");
    assert!(wrong("[1].sortBy(x, [x]) == []").contains("found no matching overload for '@sortByAssociatedKeys'"));
    assert!(wrong("[[1]].sort() == []").contains("found no matching overload for 'sort'"));
}

#[test]
fn faults_say_where_and_what() {
    for (source, line, column, message) in [
        ("nope", 1, 1, "undeclared reference to 'nope' (in container '')"),
        ("1 +\n nope", 2, 2, "undeclared reference to 'nope' (in container '')"),
        ("self.sise > 1", 1, 5, "undefined field 'sise'"),
        ("variables.x", 1, 10, "undefined field 'x'"),
        ("self.size + 'a'", 1, 11, "found no matching overload for '_+_' applied to '(int, string)'"),
        ("'é' == 1", 1, 5, "found no matching overload for '_==_' applied to '(string, int)'"),
        ("1 == 1.0", 1, 3, "found no matching overload for '_==_' applied to '(int, double)'"),
        ("self.size.startsWith('a')", 1, 21, "found no matching overload for 'startsWith' applied to 'int.(string)'"),
        ("self.nope('a')", 1, 10, "undeclared reference to 'nope' (in container '')"),
        ("self.size.x", 1, 10, "type 'int' does not support field selection"),
        ("[1, 'a']", 1, 5, "expected type 'int' but found 'string'"),
        ("{'a': 1, 'b': 'c'}", 1, 15, "expected type 'int' but found 'string'"),
        (
            "self.size.all(x, true)",
            1,
            5,
            "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
        ),
        ("items.all(x, x)", 1, 14, "expected type 'bool' but found 'int'"),
        ("items.all(x.y, true)", 1, 12, "argument must be a simple name"),
        ("has(self)", 1, 5, "invalid argument to has() macro"),
        ("true && 1", 1, 6, "found no matching overload for '_&&_' applied to '(bool, int)'"),
        ("true ? 1 : 'a'", 1, 6, "found no matching overload for '_?_:_' applied to '(bool, int, string)'"),
        ("self.name.matches('(')", 1, 19, "invalid matches argument"),
        ("duration('1 hour')", 1, 10, "invalid duration argument"),
        ("timestamp('tomorrow')", 1, 11, "invalid timestamp argument"),
        (
            "1 + ",
            1,
            5,
            "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', \
             NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
        ),
        ("(1", 1, 3, "Syntax error: mismatched input '<EOF>' expecting ')'"),
        ("a ~ b", 1, 3, "Syntax error: token recognition error at: '~'"),
        ("'abc", 1, 1, "Syntax error: token recognition error at: ''abc'"),
        ("9223372036854775808", 1, 1, "invalid int literal"),
        ("if", 1, 1, "reserved identifier: if"),
        ("Object{a: 1}", 1, 7, "undeclared reference to 'Object' (in container '')"),
        ("{[1]: 2}", 1, 2, "unsupported map key type 'list(int)'"),
    ] {
        assert_eq!(fault(source), (line, column, message.to_string()), "{source}");
    }
}

#[test]
fn all_faults_are_reported_at_once_and_shown_as_upstream_shows_them() {
    let issues = Program::compile("nope > self.sise", &environment()).unwrap_err();
    assert_eq!(issues.len(), 2);
    assert_eq!(
        issues[0].to_string(),
        "ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope > self.sise\n | ^"
    );
}
