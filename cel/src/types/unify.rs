use super::Type;

/// What type parameters have been found to stand for.
pub(crate) struct Unifier {
    found: Vec<Option<Type>>,
    /// What was found, in order, so that it can be taken back.
    trail: Vec<u32>,
}

impl Unifier {
    /// Nothing found yet.
    pub(crate) const EMPTY: Self = Self { found: Vec::new(), trail: Vec::new() };

    /// A parameter that stands for nothing yet.
    pub(crate) fn fresh(&mut self) -> Type {
        self.found.push(None);
        Type::Parameter(u32::try_from(self.found.len() - 1).unwrap_or(u32::MAX))
    }

    /// As many fresh parameters.
    pub(crate) fn fresh_many(&mut self, count: usize) -> Vec<Type> {
        (0..count).map(|_| self.fresh()).collect()
    }

    fn lookup(&self, parameter: u32) -> Option<&Type> {
        self.found.get(parameter as usize)?.as_ref()
    }

    /// `of` with parameters replaced by `arguments`.
    pub(crate) fn instantiate(of: &Type, arguments: &[Type]) -> Type {
        of.replace(&|parameter| arguments.get(parameter as usize).cloned())
    }

    /// `of` with everything found put in.
    pub(crate) fn resolve(&self, of: &Type) -> Type {
        match of {
            Type::Parameter(parameter) => self.lookup(*parameter).map_or_else(|| of.clone(), |found| self.resolve(found)),
            Type::List(_) | Type::Map(_) | Type::Optional(_) | Type::Type(_) => {
                of.replace(&|parameter| self.lookup(parameter).map(|found| self.resolve(found)))
            }
            _ => of.clone(),
        }
    }

    /// Whether values of type `actual` fit where `expected` is wanted. What was found on the way is kept only if so.
    pub(crate) fn assignable(&mut self, pairs: &[(&Type, &Type)]) -> bool {
        let before = self.trail.len();
        let fits = pairs.iter().all(|(expected, actual)| self.fits(expected, actual));
        if !fits {
            self.take_back(before);
        }
        fits
    }

    fn take_back(&mut self, to: usize) {
        for parameter in self.trail.drain(to..) {
            if let Some(slot) = self.found.get_mut(parameter as usize) {
                *slot = None;
            }
        }
    }

    fn fits(&mut self, expected: &Type, actual: &Type) -> bool {
        let (expected, actual) = (self.resolve(expected), self.resolve(actual));
        match (&expected, &actual) {
            (Type::Parameter(a), Type::Parameter(b)) if a == b => true,
            (Type::Parameter(parameter), other) | (other, Type::Parameter(parameter)) => self.settle(*parameter, other),
            (Type::Dyn | Type::Error, _) | (_, Type::Dyn | Type::Error) | (Type::Type(_), Type::Type(_)) => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => self.fits(a, b),
            (Type::Map(a), Type::Map(b)) => self.fits(&a.0, &b.0) && self.fits(&a.1, &b.1),
            (Type::Object(_) | Type::Opaque(_) | Type::Timestamp | Type::Duration | Type::Optional(_), Type::Null) => true,
            (Type::Null, Type::Object(_) | Type::Opaque(_) | Type::Timestamp | Type::Duration) => true,
            _ => expected == actual,
        }
    }

    fn settle(&mut self, parameter: u32, to: &Type) -> bool {
        if to.mentions(parameter) {
            return false;
        }
        if let Some(slot) = self.found.get_mut(parameter as usize) {
            *slot = Some(to.clone());
            self.trail.push(parameter);
        }
        true
    }
}

impl Type {
    /// The type, where what was never found may be anything.
    pub(crate) fn known(&self) -> Self {
        self.replace(&|_| Some(Self::Dyn))
    }

    fn replace(&self, by: &dyn Fn(u32) -> Option<Self>) -> Self {
        match self {
            Self::Parameter(parameter) => by(*parameter).unwrap_or_else(|| self.clone()),
            Self::List(element) => Self::list(element.replace(by)),
            Self::Map(parts) => Self::map(parts.0.replace(by), parts.1.replace(by)),
            Self::Optional(value) => Self::optional(value.replace(by)),
            Self::Type(of) => Self::Type(of.replace(by).into()),
            _ => self.clone(),
        }
    }

    fn mentions(&self, parameter: u32) -> bool {
        match self {
            Self::Parameter(other) => *other == parameter,
            Self::List(part) | Self::Optional(part) | Self::Type(part) => part.mentions(parameter),
            Self::Map(parts) => parts.0.mentions(parameter) || parts.1.mentions(parameter),
            _ => false,
        }
    }
}
