//! What plug-ins are told by file.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::pod_security::PodSecurityConfiguration;

/// What the plug-ins of a server are told.
#[derive(Clone, Debug, Default)]
pub struct AdmissionConfiguration {
    /// For `PodSecurity`.
    pub pod_security: PodSecurityConfiguration,
}

/// Why a configuration of plug-ins cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionConfigurationError {
    /// It cannot be read.
    #[error("the admission configuration {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is none.
    #[error("the admission configuration {} is wrong: {why}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        why: String,
    },
}

/// `apiserver.config.k8s.io/v1` AdmissionConfiguration.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default, rename = "apiVersion")]
    _api_version: String,
    kind: String,
    #[serde(default)]
    plugins: Vec<PluginFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PluginFile {
    name: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    configuration: Value,
}

impl AdmissionConfiguration {
    /// Reads upstream's file of `--admission-control-config-file` at `path`. Only `PodSecurity` is told anything by it.
    ///
    /// # Errors
    /// Where it, or a file it names, cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, AdmissionConfigurationError> {
        let wrong = |why: String| AdmissionConfigurationError::Wrong { path: path.into(), why };
        let file: File = parse(path)?;
        if file.kind != "AdmissionConfiguration" {
            return Err(wrong(format!("expected kind AdmissionConfiguration, found {:?}", file.kind)));
        }
        let mut all = Self::default();
        for plugin in file.plugins {
            if plugin.name != "PodSecurity" {
                return Err(wrong(format!("the plug-in {:?} takes no configuration", plugin.name)));
            }
            all.pod_security = if plugin.path.is_empty() {
                PodSecurityConfiguration::deserialize(&plugin.configuration).map_err(|error| wrong(error.to_string()))?
            } else {
                parse(&path.with_file_name(&plugin.path))?
            };
            if let Some(why) = all.pod_security.fault() {
                return Err(wrong(why));
            }
        }
        Ok(all)
    }
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, AdmissionConfigurationError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| AdmissionConfigurationError::Unreadable { path: path.into(), source })?;
    serde_saphyr::from_str(&text).map_err(|error| AdmissionConfigurationError::Wrong {
        path: path.into(),
        why: format!("line {}: {}", error.location().map_or(1, |place| place.line()), error.without_snippet()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pod_security_is_told_inline_or_by_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (main, other) = (folder.path().join("main.yaml"), folder.path().join("other.yaml"));
        let plugin = |rest: &str| format!("kind: AdmissionConfiguration\nplugins: [{{name: PodSecurity, {rest}}}]\n");
        std::fs::write(&main, plugin("configuration: {defaults: {enforce: baseline}, exemptions: {namespaces: [free]}}"))
            .unwrap();
        AdmissionConfiguration::read(&main).unwrap();
        std::fs::write(&main, plugin("path: other.yaml")).unwrap();
        assert!(AdmissionConfiguration::read(&main).unwrap_err().to_string().contains("other.yaml"));
        for (wrong, why) in [("enforce: strict", "defaults.enforce: invalid value"), ("waarn: baseline", "defaults.waarn")] {
            std::fs::write(&other, format!("kind: PodSecurityConfiguration\ndefaults: {{{wrong}}}\n")).unwrap();
            let told = AdmissionConfiguration::read(&main).unwrap_err().to_string();
            assert!(told.contains(why), "{told}");
        }
        std::fs::write(&other, "kind: PodSecurityConfiguration\ndefaults: {enforce: baseline}\nexemption: {}\n").unwrap();
        let told = AdmissionConfiguration::read(&main).unwrap_err().to_string();
        assert!(told.contains("other.yaml is wrong: line 3") && told.contains("exemption"), "{told}");
    }
}
