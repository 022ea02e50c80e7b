//! `kontiki recover`: a cluster goes on from one master after most were lost for good.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use kontiki_apiserver::pki::{MemberTls, Pki};
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::peers::probe;
use kontiki_store::recover::{Survey, Survivor};
use kontiki_store::{Member, SqliteConfig, SqliteStore, Store};

use super::identity::Identity;
use super::record::{self, Record};

/// The flags of `kontiki recover`.
#[derive(clap::Args, Clone, Debug)]
pub struct RecoverArgs {
    /// Go on with what this master holds. There is no other way yet, but it has to be said.
    #[arg(long, required = true)]
    pub from_this_member: bool,
    /// Folder of the master, which must not run.
    #[arg(long, default_value = "/var/lib/kontiki", env = "KONTIKI_DATA_DIR")]
    pub data_dir: PathBuf,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// Makes the master in a data folder the only one of its cluster.
///
/// # Errors
/// Where it runs, where a majority of the masters can be reached, or where nobody agrees.
pub async fn recover(args: RecoverArgs) -> Result<()> {
    let folder = args.data_dir.join("store");
    let identity = Identity::read(&args.data_dir)?.filter(|_| folder.exists());
    let identity = identity.with_context(|| format!("{} is not a master's folder", args.data_dir.display()))?;
    let survivor = Survivor::open(&folder).await.context("stop this master first, where it runs")?;
    let survey = survivor.survey.clone();
    let there = reachable(&args.data_dir, &identity, &survey).await?;
    refuse_with_majority(&identity, &survey, &there)?;
    println!("{}", told(&identity, &survey, &there));
    confirm(&args, &identity)?;
    let identity = identity.recovered();
    // The new number first: from here on no other master talks to this one.
    identity.write(&args.data_dir)?;
    let mut all = survey.voters.iter().chain(&survey.learners);
    let me = all.find(|member| member.id == identity.id).cloned();
    let me = me.unwrap_or_else(|| Member { id: identity.id, ..SqliteConfig::single("").member });
    survivor.become_sole(&me).await?;
    let revision = remember(&folder, me).await.context("the log does not open; type the same again")?;
    println!(
        "this master is the cluster now, at revision {revision}; start it with: kontiki up --data-dir {}",
        args.data_dir.display()
    );
    println!("then let others join: kontiki token create");
    Ok(())
}

/// The other voters that answer.
async fn reachable(data_dir: &Path, identity: &Identity, survey: &Survey) -> Result<Vec<Member>> {
    let now = SystemClock::default().now();
    let pki = Pki::open(data_dir, now)?;
    let tls = MemberTls::new(pki.authority(), &pki.member(&identity.name, now)?)?;
    let (tls, cluster) = (&tls, &identity.cluster_id());
    let others = survey.voters.iter().filter(|member| member.id != identity.id);
    let asked = others.map(|member| async move { probe(tls, cluster, &member.address).await.ok().map(|()| member.clone()) });
    Ok(futures::future::join_all(asked).await.into_iter().flatten().collect())
}

fn refuse_with_majority(identity: &Identity, survey: &Survey, there: &[Member]) -> Result<()> {
    let own = usize::from(survey.voters.iter().any(|member| member.id == identity.id));
    let (count, majority) = (there.len() + own, survey.majority());
    ensure!(
        count < majority,
        "{} answer{}: with this master that is {count} of {} votes, and {majority} are enough. Nothing is lost: start this master with \
         kontiki up, and replace the others one by one (kontiki member remove, kontiki join)",
        names(there),
        if there.len() == 1 { "s" } else { "" },
        survey.voters.len(),
    );
    Ok(())
}

/// What a person must know before.
fn told(identity: &Identity, survey: &Survey, there: &[Member]) -> String {
    let others: Vec<Member> = survey.voters.iter().filter(|member| member.id != identity.id).cloned().collect();
    let time = survey.time.map_or_else(|| "at an unknown time".into(), |time| format!("on {}", time.seconds()));
    let unconfirmed = match survey.unconfirmed {
        0 => String::new(),
        count => format!(
            "- The last {count} log entries here are not known to be acknowledged. They take effect, though whoever wrote them may have been told \
             that they failed, or nothing.\n"
        ),
    };
    let living = match there {
        [] => "None of the others answers.".into(),
        some => format!("Of the others {} answer: too few. Stop them; they may hold more than this one.", names(some)),
    };
    format!(
        "This is member {} ({}). Its log ends at entry {} of term {}; the newest write in it was made {time}.\n\
         The other votes: {}. {living}\n\n\
         If you go on:\n\
         - What other masters acknowledged after that entry without this one is lost. Whether there is such a write cannot be known here.\n\
         {unconfirmed}\
         - If the others are only cut off from here, they may be taking writes now. Those are lost too.\n\
         - Objects, history, users and certificates that are here stay.\n\
         - The other masters are out for good, whatever they hold: their folders are refused from now on, and they join anew.\n",
        identity.id,
        identity.name,
        survey.index,
        survey.term,
        names(&others),
    )
}

fn names(members: &[Member]) -> String {
    let names: Vec<String> = members.iter().map(|member| format!("member {} ({})", member.id, member.address)).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn confirm(args: &RecoverArgs, identity: &Identity) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    ensure!(stdin().is_terminal(), "nobody agrees: type --yes where there is no terminal");
    eprint!("type the name of this master ({}) to go on: ", identity.name);
    stderr().flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    if line.trim() != identity.name {
        bail!("nothing was changed");
    }
    Ok(())
}

/// Lets the log apply what it holds, and remembers that the others are gone. Answers the newest revision.
async fn remember(folder: &Path, me: Member) -> Result<kontiki_api::meta::Revision> {
    let id = me.id;
    let store = SqliteStore::open(SqliteConfig { member: me, ..SqliteConfig::single(folder) }).await?;
    let now = SystemClock::default().now();
    for gone in record::all(&*store).into_iter().filter(|record| record.id != id && !record.removed) {
        record::put(&*store, &Record { removed: true, ..gone }, false, now).await?;
    }
    let revision = store.revision();
    store.close().await;
    Ok(revision)
}
