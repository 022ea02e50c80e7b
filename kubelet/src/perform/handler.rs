//! What hooks and probes do.

use std::time::Duration;

use super::http;
use super::stop::Reach;
use crate::runtime::ContainerRuntime;
use crate::view::{Handler, IntOrString};

/// Does it once.
///
/// # Errors
/// Why it failed, in upstream's words where users see them.
pub async fn run(runtime: &dyn ContainerRuntime, id: &str, handler: &Handler, reach: &Reach) -> Result<(), String> {
    if let Some(exec) = &handler.exec {
        let ran = runtime.exec_wait(id, &exec.command).await.map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&ran.output).into_owned();
        return match ran.code {
            0 => Ok(()),
            _ if said.trim().is_empty() => Err(format!("command {:?} exited with {}", exec.command.join(" "), ran.code)),
            _ => Err(said),
        };
    }
    if let Some(get) = &handler.http_get {
        let host = if get.host.is_empty() { &*reach.ip } else { &get.host };
        return http::get(host, port(&get.port, reach)?, get).await;
    }
    if let Some(tcp) = &handler.tcp_socket {
        let host = if tcp.host.is_empty() { &*reach.ip } else { &tcp.host };
        let address = (host, port(&tcp.port, reach)?);
        let connected = tokio::net::TcpStream::connect(address).await;
        return connected.map(|_| ()).map_err(|error| format!("dial tcp {host}:{}: {error}", address.1));
    }
    if let Some(sleep) = &handler.sleep {
        tokio::time::sleep(Duration::from_secs(u64::from(sleep.seconds))).await;
    }
    Ok(())
}

fn port(port: &IntOrString, reach: &Reach) -> Result<u16, String> {
    match port {
        IntOrString::Int(number) => Ok(*number),
        IntOrString::Name(name) => {
            let named = reach.ports.iter().find(|(known, _)| **known == **name).map(|(_, number)| *number);
            named.or_else(|| name.parse().ok()).ok_or_else(|| format!("couldn't find port: {name}"))
        }
    }
}
