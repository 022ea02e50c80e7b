//! Certificates that are renewed while the master runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use kontiki_api::time::Time;
use kontiki_apiserver::pki::{MemberTls, Pki, ShownCertificate, client_config};
use kontiki_runtime::clock::{Clock, SystemClock};
use parking_lot::RwLock;
use rustls::ClientConfig;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Certificates are renewed at least so often.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// What could not be renewed is tried again after so long,
const SOONEST: Duration = Duration::from_secs(60);
/// then after twice as long each time, and at the latest after this.
const LATEST: Duration = Duration::from_secs(3_600);

/// Whom the certificates of a master are for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name of the master.
    pub name: String,
    /// The names and addresses of its API.
    pub names: Vec<String>,
    /// The name of its node.
    pub node: String,
    /// The names and addresses of its kubelet.
    pub node_names: Vec<String>,
}

/// The certificates that a master shows. Everybody who shows one holds it in here, so that a renewed one is shown on the
/// next connection.
pub struct Renewed {
    /// To clients of the API.
    pub serving: Arc<ShownCertificate>,
    /// To its peers.
    pub members: Arc<MemberTls>,
    /// To clients of its kubelet.
    pub kubelet: Arc<ShownCertificate>,
    /// To kubelets.
    pub to_kubelets: Arc<ShownCertificate>,
    /// To aggregated servers.
    pub aggregated: Arc<ShownCertificate>,
    front: Arc<RwLock<Arc<ClientConfig>>>,
    subject: Subject,
}

impl Renewed {
    /// Certificates for `subject`.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub fn new(pki: &Pki, subject: Subject) -> Result<Self> {
        let now = SystemClock::default().now();
        Ok(Self {
            serving: ShownCertificate::new(&pki.serving("kube-apiserver", &subject.names, now)?)?,
            members: Arc::new(MemberTls::new(pki.authority(), &pki.member(&subject.name, now)?)?),
            kubelet: ShownCertificate::new(&pki.serving(&subject.node, &subject.node_names, now)?)?,
            to_kubelets: ShownCertificate::new(&pki.kubelet_client(now)?)?,
            aggregated: ShownCertificate::new(&pki.front_proxy_client(now)?)?,
            front: Arc::new(RwLock::new(front(pki, now)?)),
            subject,
        })
    }

    /// What shows other masters that requests come from one of them; another one after each renewal.
    pub fn front(&self) -> impl Fn() -> Arc<ClientConfig> + Send + Sync + 'static {
        let front = Arc::clone(&self.front);
        move || Arc::clone(&front.read())
    }

    fn again(&self, pki: &Pki) -> Result<()> {
        let now = SystemClock::default().now();
        let subject = &self.subject;
        self.serving.renew(&pki.serving("kube-apiserver", &subject.names, now)?)?;
        self.members.renew(pki.authority(), &pki.member(&subject.name, now)?)?;
        self.kubelet.renew(&pki.serving(&subject.node, &subject.node_names, now)?)?;
        self.to_kubelets.renew(&pki.kubelet_client(now)?)?;
        self.aggregated.renew(&pki.front_proxy_client(now)?)?;
        *self.front.write() = front(pki, now)?;
        Ok(())
    }
}

fn front(pki: &Pki, now: Time) -> Result<Arc<ClientConfig>> {
    Ok(Arc::new(client_config(pki.authority(), Some(&pki.front_proxy(now)?))?))
}

/// What renewing needs to know.
pub struct Renewal {
    /// The data folder.
    pub data_dir: PathBuf,
    /// How long what is issued holds; it is renewed after a third of that.
    pub life: Duration,
    /// Writes the administrator's kubeconfig, once his certificate or the authority is a new one.
    pub kubeconfig: Box<dyn Fn(&Pki) -> Result<()> + Send + Sync>,
    /// Told of a new authority: whoever hands it out, to pods, nodes and new masters.
    pub issued: watch::Sender<Arc<Pki>>,
}

impl Renewal {
    /// Renews the certificates until `stop`. The authority on disk is renewed in its last year, under the same key.
    pub async fn run(self, renewed: Renewed, stop: CancellationToken) {
        let mut failed = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.pause(failed)) => {}
            }
            failed = match self.once(&renewed, SystemClock::default().now()) {
                Ok(()) => 0,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "certificates are not renewed yet");
                    failed + 1
                }
            };
        }
    }

    /// How long until certificates are renewed, where the last `failed` attempts did not succeed.
    fn pause(&self, failed: u32) -> Duration {
        let usual = LONGEST.min(self.life / 3);
        match failed {
            0 => usual,
            _ => usual.min(LATEST).min(SOONEST.saturating_mul(2_u32.saturating_pow(failed - 1))),
        }
    }

    fn once(&self, renewed: &Renewed, now: Time) -> Result<()> {
        let pki = Arc::new(Pki::open_for(&self.data_dir, now, self.life)?);
        renewed.again(&pki)?;
        let old = self.issued.borrow().clone();
        if pki.admin() == old.admin()
            && pki.authority() == old.authority()
            && pki.front_proxy_authority() == old.front_proxy_authority()
        {
            return Ok(());
        }
        tracing::info!("the cluster's authority or the administrator's certificate was renewed");
        // First: what fails is tried again for as long as what was issued is not known to be so.
        (self.kubeconfig)(&pki).context("the administrator's kubeconfig is not renewed")?;
        self.issued.send_replace(pki);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const YEAR: Duration = Duration::from_secs(365 * 86_400);

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_renewed_is_tried_again_soon_and_at_most_every_hour() {
        let folder = tempfile::tempdir().unwrap();
        let (life, start) = (YEAR, tokio::time::Instant::now());
        // Of another authority than the folder's: there is something new to hand out.
        let other = tempfile::tempdir().unwrap();
        let pki = Arc::new(Pki::open_for(other.path(), SystemClock::default().now(), life).unwrap());
        let names = || vec!["localhost".into()];
        let subject = Subject { name: "m1".into(), names: names(), node: "m1".into(), node_names: names() };
        let renewed = Renewed::new(&pki, subject).unwrap();
        let (tried, mut tries) = tokio::sync::mpsc::unbounded_channel();
        let kubeconfig = Box::new(move |_: &Pki| {
            tried.send(start.elapsed())?;
            anyhow::bail!("the disk is full")
        });
        let (issued, _) = watch::channel(pki);
        let renewal = Renewal { data_dir: folder.path().into(), life, kubeconfig, issued };
        let stop = CancellationToken::new();
        let running = tokio::spawn(renewal.run(renewed, stop.clone()));
        let mut minutes = Vec::new();
        for _ in 0..9 {
            minutes.push((tries.recv().await.unwrap() - LONGEST).as_secs() / 60);
        }
        assert_eq!(minutes, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
        stop.cancel();
        running.await.unwrap();
    }

    #[test]
    fn a_renewed_authority_is_handed_out_without_a_restart_and_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let (now, life) = (SystemClock::default().now(), 5 * YEAR);
        let founded = Time::from_micros(now.as_micros() - 8 * i64::try_from(YEAR.as_micros()).unwrap());
        let old = Arc::new(Pki::open_for(folder.path(), founded, life).unwrap());
        let written = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&written);
        let kubeconfig = Box::new(move |_: &Pki| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        let names = || vec!["localhost".into()];
        let subject = Subject { name: "m1".into(), names: names(), node: "m1".into(), node_names: names() };
        let renewed = Renewed::new(&old, subject).unwrap();
        let (issued, handed) = watch::channel(old.clone());
        let renewal = Renewal { data_dir: folder.path().into(), life, kubeconfig, issued };
        renewal.once(&renewed, now).unwrap();
        let admin = handed.borrow().clone();
        assert_eq!(admin.authority(), old.authority(), "it lasts two more years");
        assert_ne!(admin.admin(), old.admin());
        renewal.once(&renewed, now.plus(YEAR + YEAR / 2)).unwrap();
        let new = handed.borrow().clone();
        assert_ne!(new.authority(), old.authority());
        assert_eq!(new.bundle().authority_key, old.bundle().authority_key);
        assert_eq!(written.load(Ordering::Relaxed), 2);
        renewal.once(&renewed, now.plus(YEAR + YEAR / 2)).unwrap();
        assert_eq!(written.load(Ordering::Relaxed), 2, "nothing is new");
    }
}
