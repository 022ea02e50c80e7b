use super::EvaluationError;
use super::evaluator::{Evaluator, Outcome};
use crate::check::{FoldNode, NodeId};
use crate::cost;
use crate::syntax::FoldKind;
use crate::value::{Built, Key, List, Map, Value};

/// What a comprehension runs over.
enum Range<'a> {
    List(List<'a>),
    Map(Map<'a>, Vec<Key<'a>>),
}

impl<'a> Range<'a> {
    fn of(value: Value<'a>) -> Result<Self, EvaluationError> {
        match value {
            Value::List(list) => Ok(Self::List(list)),
            Value::Map(map) => {
                let keys = map.keys();
                Ok(Self::Map(map, keys))
            }
            _ => Err(EvaluationError::NoSuchOverload),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Map(_, keys) => keys.len(),
        }
    }

    /// The variables' values at `at`; the second one only where there are two.
    fn at(&self, at: usize, two: bool) -> Option<(Value<'a>, Option<Value<'a>>)> {
        match self {
            Self::List(list) if two => Some((Value::Int(i64::try_from(at).ok()?), Some(list.get(at)?))),
            Self::List(list) => Some((list.get(at)?, None)),
            Self::Map(map, keys) => {
                let key = keys.get(at)?;
                let value = if two { Some(map.get(key)?) } else { None };
                Some((key.value(), value))
            }
        }
    }
}

/// What a comprehension has gathered.
struct Gathered<'a> {
    /// Elements for which a quantifier held.
    held: u64,
    /// A quantifier's result, as far as seen.
    decided: bool,
    fault: Option<EvaluationError>,
    items: Vec<Value<'a>>,
    map: Built<'a>,
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn fold(&mut self, fold: &FoldNode) -> Outcome<'a> {
        let range = Range::of(self.node(fold.range)?)?;
        if matches!(range, Range::Map(..)) {
            self.tools.spend(range.len() as u64)?;
        }
        self.pay(cost::fold_start(fold.kind))?;
        let mut gathered = Gathered { held: 0, decided: false, fault: None, items: Vec::new(), map: Built::default() };
        for at in 0..range.len() {
            self.step()?;
            self.pay(cost::fold_condition(fold.kind))?;
            if gathered.decided {
                break;
            }
            let Some((first, second)) = range.at(at, fold.two) else { break };
            let key = first.clone();
            let outer = self.locals.len();
            self.locals.push(Ok(first));
            self.locals.extend(second.map(Ok));
            let taken = self.iteration(fold, &key, &mut gathered);
            self.locals.truncate(outer);
            taken?;
        }
        self.pay(cost::fold_end(fold.kind))?;
        gathered.result(fold.kind)
    }

    fn iteration(&mut self, fold: &FoldNode, key: &Value<'a>, gathered: &mut Gathered<'a>) -> Result<(), EvaluationError> {
        if let Some(filter) = fold.filter
            && !self.truth(filter)?
        {
            return self.pay(1);
        }
        match fold.kind {
            FoldKind::All | FoldKind::Exists => self.quantify(fold, gathered),
            FoldKind::ExistsOne => {
                let held = self.truth(fold.step)?;
                gathered.held += u64::from(held);
                self.pay(cost::fold_step(fold.kind, held))
            }
            FoldKind::Filter => {
                let held = self.truth(fold.step)?;
                if held {
                    gathered.items.push(key.clone());
                }
                self.pay(cost::fold_step(fold.kind, held))
            }
            FoldKind::List => {
                gathered.items.push(self.node(fold.step)?);
                self.pay(cost::fold_step(fold.kind, true))
            }
            FoldKind::Map => {
                let value = self.node(fold.step)?;
                insert(&mut gathered.map, key, value)?;
                self.pay(cost::fold_step(fold.kind, true))
            }
            FoldKind::Entry => self.entries(fold, gathered),
        }
    }

    fn truth(&mut self, node: NodeId) -> Result<bool, EvaluationError> {
        self.node(node)?.as_bool().ok_or(EvaluationError::NoSuchOverload)
    }

    /// A fault counts only if no other element decides.
    fn quantify(&mut self, fold: &FoldNode, gathered: &mut Gathered<'a>) -> Result<(), EvaluationError> {
        self.pay(cost::fold_step(fold.kind, true))?;
        match self.truth(fold.step) {
            Ok(held) => gathered.decided = held == (fold.kind == FoldKind::Exists),
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => gathered.fault = gathered.fault.take().or(Some(error)),
        }
        Ok(())
    }

    fn entries(&mut self, fold: &FoldNode, gathered: &mut Gathered<'a>) -> Result<(), EvaluationError> {
        let Value::Map(entries) = self.node(fold.step)? else { return Err(EvaluationError::NoSuchOverload) };
        for key in entries.keys() {
            let Some(value) = entries.get(&key) else { continue };
            insert(&mut gathered.map, &key.value(), value)?;
        }
        self.pay(cost::fold_step(fold.kind, true))
    }
}

fn insert<'a>(map: &mut Built<'a>, key: &Value<'a>, value: Value<'a>) -> Result<(), EvaluationError> {
    let key = Key::of(key).ok_or(EvaluationError::NoSuchOverload)?;
    if map.entries.contains_key(&key) {
        let shown = match &key {
            Key::Bool(key) => key.to_string(),
            Key::Int(key) => key.to_string(),
            Key::Uint(key) => key.to_string(),
            Key::String(key) => key.to_string(),
        };
        return Err(EvaluationError::invalid(format!("insert failed: key {shown} already exists")));
    }
    map.entries.insert(key, value);
    Ok(())
}

impl<'a> Gathered<'a> {
    fn result(self, kind: FoldKind) -> Outcome<'a> {
        if let Some(fault) = self.fault.filter(|_| !self.decided) {
            return Err(fault);
        }
        Ok(match kind {
            FoldKind::All => Value::Bool(!self.decided),
            FoldKind::Exists => Value::Bool(self.decided),
            FoldKind::ExistsOne => Value::Bool(self.held == 1),
            FoldKind::List | FoldKind::Filter => Value::List(List::from(self.items)),
            FoldKind::Map | FoldKind::Entry => Value::Map(Map::built(self.map)),
        })
    }
}
