use kontiki_checker::{List, Operation, Outcome, Register, Set};

/// What an object does when operations come one after the other.
pub trait Model: Clone {
    type Call: Clone;

    /// What it becomes, where it can answer the call so.
    fn after(&self, call: &Self::Call) -> Option<Self>;

    /// Whether the call changes nothing.
    fn only_looks(call: &Self::Call) -> bool;
}

/// Tries every order.
pub fn is_linearizable<M: Model>(model: &M, history: &[Operation<M::Call>]) -> bool {
    let happened = history.iter().filter(|one| match one.outcome {
        Outcome::Ok => true,
        Outcome::Failed => false,
        Outcome::Unknown => !M::only_looks(&one.call),
    });
    explains(model, &happened.cloned().collect::<Vec<_>>())
}

fn explains<M: Model>(model: &M, left: &[Operation<M::Call>]) -> bool {
    if left.iter().all(|one| one.outcome == Outcome::Unknown) {
        return true;
    }
    (0..left.len()).any(|at| {
        let must_wait = left.iter().any(|other| other.outcome == Outcome::Ok && other.returned < left[at].invoked);
        let rest = [&left[..at], &left[at + 1..]].concat();
        !must_wait && model.after(&left[at].call).is_some_and(|model| explains(&model, &rest))
    })
}

/// A register.
#[derive(Clone)]
pub struct Value(pub Option<u64>);

impl Model for Value {
    type Call = Register;

    fn after(&self, call: &Register) -> Option<Self> {
        match call {
            Register::Read { found } => (*found == self.0).then_some(self.clone()),
            Register::Write { value } => Some(Self(*value)),
            Register::Swap { expected, value } => (*expected == self.0).then_some(Self(*value)),
            Register::Differs { expected } => (*expected != self.0).then_some(self.clone()),
        }
    }

    fn only_looks(call: &Register) -> bool {
        matches!(call, Register::Read { .. } | Register::Differs { .. })
    }
}

/// A set, sorted.
#[derive(Clone, Default)]
pub struct Elements(pub Vec<u64>);

impl Model for Elements {
    type Call = Set;

    fn after(&self, call: &Set) -> Option<Self> {
        match call {
            Set::Add { element } => {
                let mut elements = self.0.clone();
                elements.push(*element);
                elements.sort_unstable();
                Some(Self(elements))
            }
            Set::Read { found } => {
                let mut found = found.clone();
                found.sort_unstable();
                (found == self.0).then_some(self.clone())
            }
        }
    }

    fn only_looks(call: &Set) -> bool {
        matches!(call, Set::Read { .. })
    }
}

/// A list.
#[derive(Clone, Default)]
pub struct Line(pub Vec<u64>);

impl Model for Line {
    type Call = List;

    fn after(&self, call: &List) -> Option<Self> {
        match call {
            List::Append { element } => Some(Self([&self.0[..], &[*element]].concat())),
            List::Read { found } => (*found == self.0).then_some(self.clone()),
        }
    }

    fn only_looks(call: &List) -> bool {
        matches!(call, List::Read { .. })
    }
}
