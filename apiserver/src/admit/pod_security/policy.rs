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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Policy {
    /// Pods that do not meet it are refused.
    pub enforce: Wanted,
    /// The audit is told of pods, and of what makes pods, that do not meet it.
    pub audit: Wanted,
    /// Writers of pods and of what makes pods are warned.
    pub warn: Wanted,
}

/// What the labels of a namespace begin with.
pub(super) const PREFIX: &str = "pod-security.kubernetes.io/";
/// What can be done about a pod that does not meet a level.
pub(super) const MODES: [&str; 3] = ["enforce", "audit", "warn"];

impl Default for Wanted {
    fn default() -> Self {
        Self { level: Level::Privileged, version: "latest".into() }
    }
}

impl Policy {
    /// What `label` says of each mode; what it leaves open is as in `defaults`. A level that is none counts as restricted where it is
    /// enforced, and asks for nothing elsewhere. A level that is enforced is also warned of, unless a label says otherwise or the
    /// default is as strict.
    pub fn of<'a>(label: impl Fn(&str) -> Option<&'a str>, defaults: &Self) -> Self {
        let level = |mode: &str| label(&format!("{PREFIX}{mode}"));
        let version = |mode: &str| {
            let text = label(&format!("{PREFIX}{mode}-version"))?;
            Some(if is_version(text) { text } else { "latest" }.to_owned())
        };
        let wanted = |mode: &str, otherwise: Level, default: &Wanted| Wanted {
            level: level(mode).map_or(default.level, |text| Level::parse(text).unwrap_or(otherwise)),
            version: version(mode).unwrap_or_else(|| default.version.clone()),
        };
        let enforce = wanted("enforce", Level::Restricted, &defaults.enforce);
        let audit = wanted("audit", Level::Privileged, &defaults.audit);
        let mut warn = wanted("warn", Level::Privileged, &defaults.warn);
        let asked = level("enforce").is_some_and(|text| Level::parse(text).is_some());
        if level("warn").is_none() && asked && enforce.level > warn.level {
            warn = Wanted { level: enforce.level, version: version("warn").unwrap_or_else(|| enforce.version.clone()) };
        }
        Self { enforce, audit, warn }
    }

    /// The modes of which `label` says anything and that ask for anything: `enforce=baseline:latest, warn=restricted:v1.30`.
    pub fn asked<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> String {
        let of = [("enforce", &self.enforce), ("audit", &self.audit), ("warn", &self.warn)];
        let is_said = |mode: &str| ["", "-version"].iter().any(|end| label(&format!("{PREFIX}{mode}{end}")).is_some());
        let asked = of.into_iter().filter(|(mode, wanted)| wanted.level > Level::Privileged && is_said(mode));
        asked.map(|(mode, wanted)| format!("{mode}={wanted}")).collect::<Vec<_>>().join(", ")
    }

    /// Whether nothing is asked for.
    pub fn is_privileged(&self) -> bool {
        [&self.enforce, &self.audit, &self.warn].iter().all(|wanted| wanted.level == Level::Privileged)
    }
}

/// Labels that say no level or no version: their keys and values, and what is wrong with each.
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
    let is_number = |text: &str| text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    text == "latest" || text.strip_prefix("v1.").is_some_and(|minor| !minor.is_empty() && is_number(minor))
}
