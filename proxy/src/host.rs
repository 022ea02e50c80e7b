//! The node's own network settings that services rest on.

use tokio::process::Command;

/// Comment by which our rules in foreign chains are found again.
const MARK: &str = "kontiki";

/// What the host must be told once.
#[derive(Clone, Debug)]
pub struct HostNetwork {
    /// The bridge that pods hang on.
    pub bridge: String,
    /// The bridge's own address: source of traffic from the node to services.
    pub bridge_address: String,
    /// Service range, routed to the bridge so that no unmatched packet leaves the machine.
    pub services: String,
}

impl HostNetwork {
    /// Turns on forwarding, routes the service range to the bridge and lets pod traffic pass
    /// Docker's FORWARD policy. Repeating it changes nothing.
    ///
    /// # Errors
    /// The command that failed and what it said.
    pub async fn prepare(&self) -> Result<(), String> {
        set("/proc/sys/net/ipv4/ip_forward", "1")?;
        let redirects = format!("/proc/sys/net/ipv4/conf/{}/send_redirects", self.bridge);
        set(&redirects, "0")?;
        let route = ["route", "replace", &self.services, "dev", &self.bridge, "src", &self.bridge_address];
        run("ip", &route).await?;
        self.pass_docker().await
    }

    /// Takes our rules out of Docker's chain again.
    pub async fn withdraw(&self) {
        for direction in ["-i", "-o"] {
            // A rule that is not there is as good as removed.
            let _ = run("iptables", &self.docker_rule("-D", direction)).await;
        }
    }

    /// Docker may have set FORWARD's policy to DROP; its chain for users' rules is where ours belong.
    async fn pass_docker(&self) -> Result<(), String> {
        if run("iptables", &["-w", "-n", "-L", "DOCKER-USER"]).await.is_err() {
            return Ok(());
        }
        for direction in ["-i", "-o"] {
            if run("iptables", &self.docker_rule("-C", direction)).await.is_err() {
                run("iptables", &self.docker_rule("-I", direction)).await?;
            }
        }
        Ok(())
    }

    fn docker_rule<'a>(&'a self, action: &'a str, direction: &'a str) -> [&'a str; 11] {
        ["-w", action, "DOCKER-USER", direction, &self.bridge, "-m", "comment", "--comment", MARK, "-j", "ACCEPT"]
    }
}

fn set(path: &str, value: &str) -> Result<(), String> {
    std::fs::write(path, value).map_err(|error| format!("cannot write {value} to {path}: {error}"))
}

async fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().await;
    let output = output.map_err(|error| format!("cannot start {program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}
