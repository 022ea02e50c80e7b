//! `kontiki status`, `member`, `token`, `kubeconfig`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Subcommand;
use http::Method;
use kontiki_apiserver::pki::{self, Pki};
use kontiki_runtime::client::http::{HttpClient, HttpConfig, Kubeconfig};
use kontiki_runtime::clock::{Clock, SystemClock};
use serde_json::Value;

use super::ask::ask;
use super::token::JoinToken;

/// Where the cluster is, for those who ask it.
#[derive(clap::Args, Clone, Debug)]
pub struct Where {
    /// Folder of a master, whose `admin.kubeconfig` is used; without it the one that KUBECONFIG names, then that of
    /// KONTIKI_DATA_DIR, then that of /var/lib/kontiki.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Another kubeconfig.
    #[arg(long, conflicts_with = "data_dir")]
    kubeconfig: Option<PathBuf>,
}

impl Where {
    /// The way there.
    ///
    /// # Errors
    /// Where the kubeconfig does not read.
    pub fn config(&self) -> Result<HttpConfig> {
        Ok(Kubeconfig::read(&self.file(|name| std::env::var_os(name).filter(|value| !value.is_empty())), None)?.http)
    }

    /// What is typed goes before what is in the environment.
    fn file(&self, variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
        let of_folder = |folder: &Path| folder.join("admin.kubeconfig");
        let typed = self.kubeconfig.clone().or_else(|| self.data_dir.as_deref().map(of_folder));
        typed.or_else(|| variable("KUBECONFIG").map(PathBuf::from)).unwrap_or_else(|| {
            let folder = variable("KONTIKI_DATA_DIR").map_or_else(|| "/var/lib/kontiki".into(), PathBuf::from);
            of_folder(&folder)
        })
    }
}

/// The flags of `kontiki status`.
#[derive(clap::Args, Clone, Debug)]
pub struct StatusArgs {
    #[command(flatten)]
    place: Where,
}

/// The flags of `kontiki kubeconfig`.
#[derive(clap::Args, Clone, Debug)]
pub struct KubeconfigArgs {
    /// Folder of a master.
    #[arg(long, default_value = "/var/lib/kontiki", env = "KONTIKI_DATA_DIR")]
    pub data_dir: PathBuf,
}

/// `kontiki member …`
#[derive(Subcommand, Clone, Debug)]
pub enum MemberCommand {
    /// The masters: who votes, who leads, how far they are.
    List(StatusArgs),
    /// Take a master out of the cluster for good.
    Remove {
        /// Its number.
        id: u64,
        #[command(flatten)]
        place: Where,
    },
    /// Give a master that follows a vote.
    Promote {
        /// Its number.
        id: u64,
        #[command(flatten)]
        place: Where,
    },
}

/// `kontiki token …`
#[derive(Subcommand, Clone, Debug)]
pub enum TokenCommand {
    /// Make a token with which masters can join.
    Create {
        /// How many hours it holds.
        #[arg(long, default_value_t = 24)]
        ttl_hours: u64,
        #[command(flatten)]
        place: Where,
    },
}

/// Prints who leads, what is kept, and the members.
///
/// # Errors
/// Where no master answers.
pub async fn status(args: StatusArgs) -> Result<()> {
    let status = ask(&args.place.config()?, Method::GET, "status", Value::Null).await?;
    let figure = |name: &str| status.get(name).and_then(Value::as_u64);
    match (figure("leader"), figure("term")) {
        (Some(leader), Some(term)) => println!("leader     member {leader} in term {term}"),
        _ => println!("leader     none is known"),
    }
    println!("revision   {}", figure("revision").unwrap_or_default());
    println!("objects    {} with {} bytes", figure("objects").unwrap_or_default(), figure("bytes").unwrap_or_default());
    println!("watches    resume from revision {}", figure("watchableFrom").unwrap_or_default());
    let since = status.get("keptSince").and_then(Value::as_str).unwrap_or("the beginning");
    let (from, bytes) = (figure("keptFrom").unwrap_or_default(), figure("keptBytes").unwrap_or_default());
    let (age, most) = (figure("historySeconds").unwrap_or_default(), figure("historyBytes").unwrap_or_default());
    println!("history    from revision {from} ({since}), {bytes} bytes on disk; at most {} or {most} bytes are kept", span(age));
    let forgotten = status.get("forgotten").and_then(Value::as_array).into_iter().flatten();
    let forgotten: Vec<&str> = forgotten.filter_map(Value::as_str).collect();
    if !forgotten.is_empty() {
        println!("forgotten  {}: their past is kept for five minutes", forgotten.join(", "));
    }
    println!("disk       {}", checked(status.get("checked").unwrap_or(&Value::Null)));
    println!();
    print_members(&status);
    Ok(())
}

/// How far this master has looked through its files for damage.
fn checked(scrub: &Value) -> String {
    let figure = |name: &str| scrub.get(name).and_then(Value::as_u64);
    if let Some(damaged) = scrub.get("damaged").and_then(Value::as_str) {
        return format!("DAMAGED: {damaged}");
    }
    let rows = figure("rows").unwrap_or_default();
    match figure("secondsAgo") {
        Some(ago) => format!("looked through {ago} s ago, nothing is damaged; {rows} rows looked at since the last round began"),
        None => format!("{rows} rows looked through so far, nothing is damaged"),
    }
}

/// Lists or changes the members.
///
/// # Errors
/// The cluster's refusal.
pub async fn member(command: MemberCommand) -> Result<()> {
    match command {
        MemberCommand::List(args) => print_members(&ask(&args.place.config()?, Method::GET, "members", Value::Null).await?),
        MemberCommand::Remove { id, place } => {
            ask(&place.config()?, Method::DELETE, &format!("members/{id}"), Value::Null).await?;
            println!("member {id} is removed; its machine must not be started with this data folder again");
        }
        MemberCommand::Promote { id, place } => {
            ask(&place.config()?, Method::POST, &format!("members/{id}/promote"), Value::Null).await?;
            println!("member {id} votes");
        }
    }
    Ok(())
}

/// Makes a token and prints what to type on the new machine.
///
/// # Errors
/// The cluster's refusal.
pub async fn token(command: TokenCommand) -> Result<()> {
    let TokenCommand::Create { ttl_hours, place } = command;
    let config = place.config()?;
    let token = JoinToken::new(pki::pin(std::str::from_utf8(&config.ca_pem)?)?)?;
    let end = SystemClock::default().now().plus(Duration::from_secs(ttl_hours.saturating_mul(3600)));
    let mut headers = http::HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    let body = token.secret_object(end).to_string().into();
    let path = "/api/v1/namespaces/kube-system/secrets";
    let answer = HttpClient::new(&config)?.send(Method::POST, path, headers, body).await?;
    anyhow::ensure!(answer.status().is_success(), "the token was refused: {}", answer.status());
    println!("kontiki join {} --token {}", config.server, token.text());
    Ok(())
}

/// Issues the administrator's certificate anew and writes the kubeconfig of the data folder.
///
/// # Errors
/// Where the folder is no master's, or cannot be written.
pub async fn kubeconfig(args: KubeconfigArgs) -> Result<()> {
    let path = args.data_dir.join("admin.kubeconfig");
    let old = Kubeconfig::read(&path, None).with_context(|| format!("{} is not a master's folder", args.data_dir.display()))?;
    let servers = servers(&old.http, &args.data_dir).await;
    let pki = Pki::reissued(&args.data_dir, SystemClock::default().now())?;
    crate::up::write_private(&path, &pki::kubeconfig_of(&servers, pki.authority(), pki.admin()))?;
    println!("{}", path.display());
    Ok(())
}

/// All masters, the one of this folder first; only that one where nobody answers.
async fn servers(config: &HttpConfig, data_dir: &Path) -> Vec<String> {
    let mut servers = vec![config.server.clone()];
    match ask(config, Method::GET, "members", Value::Null).await {
        Ok(found) => {
            let members = found.get("members").and_then(Value::as_array).into_iter().flatten();
            let apis = members.filter_map(|one| one.get("api")?.as_str()).map(|api| format!("https://{api}"));
            servers.extend(apis.filter(|api| *api != config.server));
        }
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), folder = %data_dir.display(), "the other masters are not known");
        }
    }
    servers
}

/// Seconds in the largest unit that they are whole in.
fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let fitting = UNITS.iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    fitting.map_or_else(|| format!("{seconds}s"), |(length, unit)| format!("{}{unit}", seconds / length))
}

fn print_members(status: &Value) {
    println!("{:<4} {:<16} {:<8} {:<22} {:<22} LAG", "ID", "NAME", "ROLE", "PEER", "API");
    for one in status.get("members").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or("?");
        let is = |name: &str| one.get(name).and_then(Value::as_bool) == Some(true);
        let role = if is("leader") {
            "leader"
        } else if is("voter") {
            "voter"
        } else {
            "learner"
        };
        let number = |name: &str| one.get(name).and_then(Value::as_u64).map_or("?".into(), |number| number.to_string());
        println!("{:<4} {:<16} {role:<8} {:<22} {:<22} {}", number("id"), text("name"), text("peer"), text("api"), number("lag"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_goes_before_the_environment() {
        let variables = |name: &str| Some(OsString::from(format!("/env/{name}")));
        let place = |data_dir: Option<&str>, kubeconfig: Option<&str>| Where {
            data_dir: data_dir.map(PathBuf::from),
            kubeconfig: kubeconfig.map(PathBuf::from),
        };
        assert_eq!(place(Some("/typed"), None).file(variables), PathBuf::from("/typed/admin.kubeconfig"));
        assert_eq!(place(None, Some("/typed")).file(variables), PathBuf::from("/typed"));
        assert_eq!(place(None, None).file(variables), PathBuf::from("/env/KUBECONFIG"));
        let folder = |name: &str| variables(name).filter(|_| name != "KUBECONFIG");
        assert_eq!(place(None, None).file(folder), PathBuf::from("/env/KONTIKI_DATA_DIR/admin.kubeconfig"));
        assert_eq!(place(None, None).file(|_| None), PathBuf::from("/var/lib/kontiki/admin.kubeconfig"));
    }
}
