//! What flags may say, beyond what their types know.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use kontiki_api::quantity::Quantity;

use super::network;

/// An address, with a port or with that of DNS; never that of the cluster's own name service.
pub fn name_server(text: &str) -> Result<SocketAddr, String> {
    let bare = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    let server = bare.or_else(|_| text.parse()).map_err(|_| "it is neither an IP address nor one with a port".to_owned())?;
    let own = [network::DNS_ADDRESS, network::BRIDGE_ADDRESS];
    if own.iter().any(|own| server.ip() == IpAddr::V4(*own)) {
        return Err("that is the cluster's own name service".into());
    }
    Ok(server)
}

/// A number with s, m, h or d.
pub fn age(text: &str) -> Result<Duration, String> {
    const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let unit = UNITS.iter().find_map(|(letter, seconds)| Some((text.strip_suffix(*letter)?, *seconds)));
    let seconds = unit.and_then(|(number, seconds)| number.parse::<u64>().ok()?.checked_mul(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| "it is not a number followed by s, m, h or d".into())
}

/// Ages one after the other, as upstream's flags have them: `1h30m0s`; `0` is one as well.
pub fn span(text: &str) -> Result<Duration, String> {
    if text == "0" || text.is_empty() {
        return if text.is_empty() { age(text) } else { Ok(Duration::ZERO) };
    }
    text.split_inclusive(|letter: char| letter.is_ascii_alphabetic())
        .try_fold(Duration::ZERO, |sum, part| sum.checked_add(age(part)?).ok_or_else(|| "it is too long".into()))
}

/// A quantity of bytes.
pub fn bytes(text: &str) -> Result<u64, String> {
    let quantity = Quantity::parse(text).map_err(|error| error.to_string())?;
    u64::try_from(quantity.units()).map_err(|_| "it is below zero".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_upstream_writes_them() {
        assert_eq!(span("1h0m0s"), Ok(Duration::from_secs(3_600)));
        assert_eq!(span("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!((span("0"), span("0s")), (Ok(Duration::ZERO), Ok(Duration::ZERO)));
        assert!(["", "1", "h", "500ms", "-1h", "1h30", "9999999999999999999d"].map(span).iter().all(Result::is_err));
    }

    #[test]
    fn a_name_server_has_the_port_of_dns_unless_it_says_another() {
        assert_eq!(name_server("192.0.2.1"), Ok("192.0.2.1:53".parse().unwrap()));
        assert_eq!(name_server("192.0.2.1:5353"), Ok("192.0.2.1:5353".parse().unwrap()));
        assert_eq!(name_server("2001:db8::1"), Ok("[2001:db8::1]:53".parse().unwrap()));
        assert!(name_server("dns.example.com").unwrap_err().contains("neither"));
        assert!(name_server("10.96.0.10").unwrap_err().contains("own name service"));
    }

    #[test]
    fn ages_and_sizes_have_units() {
        assert_eq!(age("7d"), Ok(Duration::from_secs(7 * 86_400)));
        assert!(age("7").is_err() && age("d").is_err() && age("99999999999999999999d").is_err());
        assert_eq!(bytes("2Gi"), Ok(2 << 30));
        assert!(bytes("-1").is_err() && bytes("much").is_err());
    }
}
