//! `kubectl create`.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Map, Value, json};

use super::apply::with_last_applied;
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::print::{Format, print_object};
use crate::resolve::with_query;

/// Make objects from files, or a few kinds from flags.
#[derive(clap::Args, Debug)]
pub(crate) struct Create {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    how: How,
}

/// Flags of every form of create.
#[derive(clap::Args, Debug)]
struct How {
    /// none, server or client.
    #[arg(long, global = true, default_value = "none", num_args = 0..=1, default_missing_value = "client")]
    dry_run: String,
    /// yaml, json, name, jsonpath=…
    #[arg(short, long, global = true)]
    output: Option<Format>,
    /// Keep the object in an annotation, for a later apply.
    #[arg(long, global = true)]
    save_config: bool,
}

/// Kinds that can be made from flags.
#[derive(clap::Subcommand, Debug)]
enum What {
    /// A namespace.
    #[command(alias = "ns")]
    Namespace { name: String },
    /// A service account.
    #[command(alias = "sa")]
    Serviceaccount { name: String },
    /// A config map of literals and files.
    #[command(alias = "cm")]
    Configmap {
        name: String,
        /// key=value.
        #[arg(long)]
        from_literal: Vec<String>,
        /// [key=]file.
        #[arg(long)]
        from_file: Vec<String>,
    },
    /// A secret.
    Secret {
        #[command(subcommand)]
        form: SecretForm,
    },
    /// A deployment.
    #[command(alias = "deploy")]
    Deployment {
        name: String,
        /// An image for each container.
        #[arg(long, required = true)]
        image: Vec<String>,
        /// Number of pods.
        #[arg(short, long, default_value_t = 1)]
        replicas: i32,
        /// Port of the first container.
        #[arg(long)]
        port: Option<u16>,
        /// The command, behind --.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

/// Forms of secrets.
#[derive(clap::Subcommand, Debug)]
enum SecretForm {
    /// Of literals and files.
    Generic {
        name: String,
        /// key=value.
        #[arg(long)]
        from_literal: Vec<String>,
        /// [key=]file.
        #[arg(long)]
        from_file: Vec<String>,
        /// The secret's type.
        #[arg(long, default_value = "Opaque")]
        r#type: String,
    },
}

impl Create {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let objects = match &self.what {
            Some(what) => vec![what.object()?],
            None if self.sources.files.is_empty() => return Err(Failure::usage("must specify one of -f and -k")),
            None => self.sources.read()?,
        };
        let mut is_failed = false;
        for object in objects {
            if let Err(failure) = self.how.one(cx, object).await {
                cx.note(failure.to_string())?;
                is_failed = true;
            }
        }
        if is_failed { Err(Failure::Told) } else { Ok(()) }
    }
}

impl How {
    async fn one(&self, cx: &mut Context<'_>, mut object: Value) -> Result<(), Failure> {
        let place = cx.place(&mut object).await?;
        if self.save_config {
            object = with_last_applied(object);
        }
        let dry_run = if self.dry_run == "server" { "All" } else { "" };
        let path = with_query(
            &place.collection(),
            &[("fieldManager", "kubectl-create"), ("fieldValidation", "Strict"), ("dryRun", dry_run)],
        );
        let made = match self.dry_run.as_str() {
            "client" => object,
            _ => cx.send(Method::POST, &path, "", Some(&object)).await?,
        };
        if let Some(format) = &self.output {
            return print_object(cx.out, format, &made);
        }
        let name = made.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let suffix = match self.dry_run.as_str() {
            "server" => " (server dry run)",
            "client" => " (dry run)",
            _ => "",
        };
        cx.say(format!("{} created{suffix}", place.resource.named(name)))
    }
}

impl What {
    fn object(&self) -> Result<Value, Failure> {
        Ok(match self {
            Self::Namespace { name } => json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
            Self::Serviceaccount { name } => json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}),
            Self::Configmap { name, from_literal, from_file } => {
                let (mut data, mut binary) = (Map::new(), Map::new());
                for (key, bytes) in entries(from_literal, from_file)? {
                    match String::from_utf8(bytes) {
                        Ok(text) => data.insert(key, text.into()),
                        Err(error) => binary.insert(key, STANDARD.encode(error.as_bytes()).into()),
                    };
                }
                let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
                if !binary.is_empty() {
                    object["binaryData"] = binary.into();
                }
                object
            }
            Self::Secret { form: SecretForm::Generic { name, from_literal, from_file, r#type } } => {
                let data: Map<String, Value> = entries(from_literal, from_file)?
                    .into_iter()
                    .map(|(key, bytes)| (key, STANDARD.encode(bytes).into()))
                    .collect();
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": r#type, "data": data})
            }
            Self::Deployment { name, image, replicas, port, command } => deployment(name, image, *replicas, *port, command),
        })
    }
}

fn deployment(name: &str, images: &[String], replicas: i32, port: Option<u16>, command: &[String]) -> Value {
    let container = |image: &String| {
        let base = image.rsplit('/').next().unwrap_or(image);
        let name = base.split([':', '@']).next().unwrap_or(base);
        let mut container = json!({"name": name, "image": image});
        if let Some(port) = port {
            container["ports"] = json!([{"containerPort": port}]);
        }
        if !command.is_empty() {
            container["command"] = command.into();
        }
        container
    };
    let containers: Vec<Value> = images.iter().map(container).collect();
    let labels = json!({"app": name});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
    })
}

fn entries(literals: &[String], files: &[String]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut found = Vec::new();
    for literal in literals {
        let Some((key, value)) = literal.split_once('=') else {
            return Err(Failure::Usage(format!("invalid literal source {literal}, expected key=value")));
        };
        found.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    for file in files {
        let (key, path) = match file.split_once('=') {
            Some((key, path)) => (Some(key.to_owned()), PathBuf::from(path)),
            None => (None, PathBuf::from(file)),
        };
        for path in files_of(&path)? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let shown = path.display().to_string();
            let bytes = std::fs::read(&path).map_err(|source| Failure::File { path: shown, source })?;
            found.push((key.clone().unwrap_or(name), bytes));
        }
    }
    Ok(found)
}

fn files_of(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = path.display().to_string();
    let entries = std::fs::read_dir(path).map_err(|source| Failure::File { path: shown, source })?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}
