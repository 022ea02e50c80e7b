//! Calls that are not calls: `has`, `all`, `map`, `cel.bind` and the like.

use super::Fault;
use super::expr::{Expr, ExprKind, Fold, FoldKind, SelectForm};

/// What upstream calls the variable in which a comprehension gathers.
const ACCUMULATOR: &str = "__result__";
const NO_SIMPLE_NAME: &str = "argument must be a simple name";
const NO_NAME: &str = "argument is not an identifier";

/// The call, or what it stands for.
pub(super) fn expand(
    at: usize,
    target: Option<Expr>,
    function: Box<str>,
    arguments: Vec<Expr>,
    binds: bool,
) -> Result<ExprKind, Fault> {
    match (&target, &*function, arguments.len()) {
        (None, "has", 1) => return has(at, arguments),
        (Some(Expr { kind: ExprKind::Ident(name), .. }), "bind", 3) if binds && &**name == "cel" => return bind(arguments),
        (Some(_), "optMap" | "optFlatMap", 2) => {
            if let Some(target) = target {
                return optional_map(target, &function, arguments);
            }
            return Err(Fault::new(at, "argument is missing"));
        }
        (Some(_), "sortBy", 2) => {
            if let Some(target) = target {
                return sort_by(target, arguments);
            }
            return Err(Fault::new(at, "argument is missing"));
        }
        _ => {}
    }
    let Some((kind, names, filtered)) = target.as_ref().and_then(|_| comprehension(&function, arguments.len())) else {
        return Ok(ExprKind::Call { target: target.map(Box::new), function, arguments });
    };
    let Some(range) = target else { return Err(Fault::new(at, "argument is missing")) };
    fold(range, kind, names, filtered, arguments)
}

/// For a comprehension of this name and number of arguments: its kind, its variables, whether it filters.
fn comprehension(function: &str, arguments: usize) -> Option<(FoldKind, usize, bool)> {
    Some(match (function, arguments) {
        ("all", 2) => (FoldKind::All, 1, false),
        ("all", 3) => (FoldKind::All, 2, false),
        ("exists", 2) => (FoldKind::Exists, 1, false),
        ("exists", 3) => (FoldKind::Exists, 2, false),
        ("exists_one", 2) => (FoldKind::ExistsOne, 1, false),
        ("exists_one" | "existsOne", 3) => (FoldKind::ExistsOne, 2, false),
        ("map", 2) => (FoldKind::List, 1, false),
        ("map", 3) => (FoldKind::List, 1, true),
        ("filter", 2) => (FoldKind::Filter, 1, false),
        ("transformList", 3) => (FoldKind::List, 2, false),
        ("transformList", 4) => (FoldKind::List, 2, true),
        ("transformMap", 3) => (FoldKind::Map, 2, false),
        ("transformMap", 4) => (FoldKind::Map, 2, true),
        ("transformMapEntry", 3) => (FoldKind::Entry, 2, false),
        ("transformMapEntry", 4) => (FoldKind::Entry, 2, true),
        _ => return None,
    })
}

fn fold(range: Expr, kind: FoldKind, names: usize, filtered: bool, arguments: Vec<Expr>) -> Result<ExprKind, Fault> {
    let mut arguments = arguments.into_iter();
    let word = if names == 1 && matches!(kind, FoldKind::List | FoldKind::Filter) { NO_NAME } else { NO_SIMPLE_NAME };
    let (first, first_at) = variable(arguments.next(), range.at, word)?;
    let second = if names == 2 { Some(variable(arguments.next(), range.at, word)?) } else { None };
    if let Some((_, at)) = second.as_ref().filter(|(second, _)| *second == first) {
        return Err(Fault::new(*at, format!("duplicate variable name: {first}")));
    }
    let named = [Some((&first, first_at)), second.as_ref().map(|(name, at)| (name, *at))];
    if let Some((_, at)) = named.into_iter().flatten().find(|(name, _)| &***name == ACCUMULATOR) {
        return Err(Fault::new(at, "iteration variable overwrites accumulator variable"));
    }
    let second = second.map(|(name, _)| name);
    let filter = if filtered { arguments.next() } else { None };
    let step = arguments.next().ok_or_else(|| Fault::new(range.at, "argument is missing"))?;
    Ok(ExprKind::Fold(Box::new(Fold { kind, range, first, second, filter, step })))
}

fn variable(argument: Option<Expr>, at: usize, wrong: &str) -> Result<(Box<str>, usize), Fault> {
    match argument {
        Some(Expr { kind: ExprKind::Ident(name), at, .. }) => Ok((name, at)),
        Some(other) => Err(Fault::new(other.at, wrong)),
        None => Err(Fault::new(at, "argument is missing")),
    }
}

fn has(at: usize, arguments: Vec<Expr>) -> Result<ExprKind, Fault> {
    let argument = arguments.into_iter().next();
    let at = argument.as_ref().map_or(at, |argument| argument.at);
    let fault = || Fault::new(at, "invalid argument to has() macro");
    match argument.ok_or_else(fault)?.kind {
        ExprKind::Select { operand, field, quoted, form: SelectForm::Plain } => {
            Ok(ExprKind::Select { operand, field, quoted, form: SelectForm::Test })
        }
        _ => Err(fault()),
    }
}

fn bind(arguments: Vec<Expr>) -> Result<ExprKind, Fault> {
    let mut arguments = arguments.into_iter();
    let name = match arguments.next() {
        Some(Expr { kind: ExprKind::Ident(name), .. }) => name,
        Some(other) => return Err(Fault::new(other.at, "cel.bind() variable names must be simple identifiers")),
        None => return Err(Fault::new(0, "argument is missing")),
    };
    match (arguments.next(), arguments.next()) {
        (Some(value), Some(body)) => Ok(ExprKind::Bind { name, value: Box::new(value), body: Box::new(body) }),
        _ => Err(Fault::new(0, "argument is missing")),
    }
}

/// The list under a name, and what sorts it by the key of each item.
fn sort_by(list: Expr, arguments: Vec<Expr>) -> Result<ExprKind, Fault> {
    const LIST: &str = "@__sortBy_input__";
    let at = list.at;
    if matches!(list.kind, ExprKind::Literal(_) | ExprKind::Map(_) | ExprKind::Message { .. }) {
        let why = "sortBy can only be applied to a list, identifier, comprehension, call or select expression";
        return Err(Fault::new(at, why));
    }
    let below = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0);
    let expr = |kind: ExprKind, above: u16| Expr { at, depth: below.saturating_add(above), kind };
    let named = || Expr { at, depth: 1, kind: ExprKind::Ident(LIST.into()) };
    let keys = expr(fold(named(), FoldKind::List, 1, false, arguments)?, 1);
    let function = "@sortByAssociatedKeys".into();
    let body = expr(ExprKind::Call { target: Some(Box::new(named())), function, arguments: vec![keys] }, 2);
    Ok(ExprKind::Bind { name: LIST.into(), value: Box::new(list), body: Box::new(body) })
}

fn optional_map(target: Expr, function: &str, arguments: Vec<Expr>) -> Result<ExprKind, Fault> {
    let mut arguments = arguments.into_iter();
    let at = target.at;
    let name = match arguments.next() {
        Some(Expr { kind: ExprKind::Ident(name), .. }) => name,
        other => {
            let at = other.map_or(at, |other| other.at);
            return Err(Fault::new(at, format!("{function}() variable name must be a simple identifier")));
        }
    };
    let body = arguments.next().ok_or_else(|| Fault::new(at, "argument is missing"))?;
    Ok(ExprKind::OptionalMap { target: Box::new(target), name, body: Box::new(body), flat: function == "optFlatMap" })
}
