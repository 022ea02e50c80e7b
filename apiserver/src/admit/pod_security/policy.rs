//! What the labels of a namespace ask for.

/// How much a namespace allows, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    /// The level called `text`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// One mode's level and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The level.
    pub level: Level,
    /// `latest` or `v1.29`.
    pub version: String,
}

impl Wanted {
    /// The minor version whose checks count.
    pub fn minor(&self) -> u16 {
        self.version.strip_prefix("v1.").and_then(|minor| minor.parse().ok()).unwrap_or(u16::MAX)
    }
}

/// `restricted:latest`, as refusals name it.
impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.level.as_str(), self.version)
    }
}

/// What a namespace asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// Pods that do not meet it are refused.
    pub enforce: Wanted,
    /// The audit is told of pods, and of what makes pods, that do not meet it.
    pub audit: Wanted,
    /// Writers of pods and of what makes pods are warned.
    pub warn: Wanted,
}

pub(super) const PREFIX: &str = "pod-security.kubernetes.io/";
const MODES: [&str; 3] = ["enforce", "audit", "warn"];

impl Policy {
    /// Reads labels. An unknown level counts as restricted, as upstream fails closed; without a label of its own the
    /// level that is enforced is also warned of.
    pub fn of<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Self {
        let level = |mode: &str| {
            let text = label(&format!("{PREFIX}{mode}"))?;
            Some(Level::parse(text).unwrap_or(Level::Restricted))
        };
        let version = |mode: &str| {
            let text = label(&format!("{PREFIX}{mode}-version")).filter(|text| is_version(text));
            text.unwrap_or("latest").to_owned()
        };
        let enforce = Wanted { level: level("enforce").unwrap_or(Level::Privileged), version: version("enforce") };
        let audit = Wanted { level: level("audit").unwrap_or(Level::Privileged), version: version("audit") };
        let warn = match level("warn") {
            Some(level) => Wanted { level, version: version("warn") },
            None => enforce.clone(),
        };
        Self { enforce, audit, warn }
    }
}

/// Labels that say no level or no version, and what is wrong with each.
pub(super) fn faults<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Vec<(String, String, &'static str)> {
    let mut faults = Vec::new();
    for mode in MODES {
        let key = format!("{PREFIX}{mode}");
        if let Some(text) = label(&key).filter(|text| Level::parse(text).is_none()) {
            faults.push((key, text.to_owned(), "must be one of privileged, baseline, restricted"));
        }
        let key = format!("{PREFIX}{mode}-version");
        if let Some(text) = label(&key).filter(|text| !is_version(text)) {
            faults.push((key, text.to_owned(), r#"must be "latest" or "v1.x""#));
        }
    }
    faults
}

fn is_version(text: &str) -> bool {
    text == "latest" || text.strip_prefix("v1.").is_some_and(|minor| minor.parse::<u16>().is_ok())
}
