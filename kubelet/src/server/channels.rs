//! How the streams of a session share the messages of a WebSocket.

use axum::extract::ws::{Message, Utf8Bytes};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// The form of messages: by the protocol agreed upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Text: the channel as a digit, then base64; else binary, the channel as the first byte.
    base64: bool,
    /// Since v4 a session ends with a Status; before that with a sentence, or nothing.
    pub status: bool,
}

impl Channels {
    /// The form of `protocol`; without one that of the first version.
    pub fn of(protocol: Option<&str>) -> Self {
        let protocol = protocol.unwrap_or_default();
        Self { base64: protocol.contains("base64."), status: protocol.starts_with("v4.") || protocol.starts_with("v5.") }
    }

    /// The message that carries `bytes` on `channel`.
    pub fn message(self, channel: u8, bytes: &[u8]) -> Message {
        if self.base64 {
            return Message::Text(format!("{channel}{}", STANDARD.encode(bytes)).into());
        }
        Message::Binary([&[channel], bytes].concat().into())
    }

    /// Channel and bytes of a message; `None` where it carries none.
    pub fn split(self, message: Message) -> Option<(u8, Bytes)> {
        match message {
            Message::Binary(bytes) if !self.base64 => {
                let channel = *bytes.first()?;
                Some((channel, bytes.slice(1..)))
            }
            Message::Text(text) if self.base64 => self.decode(&text),
            // Some clients, that of Python among them, send what they take for text as text.
            Message::Text(text) => {
                let channel = *text.as_bytes().first()?;
                Some((channel, Bytes::copy_from_slice(text.as_bytes().get(1..)?)))
            }
            _ => None,
        }
    }

    fn decode(self, text: &Utf8Bytes) -> Option<(u8, Bytes)> {
        let digit = text.as_bytes().first().filter(|digit| digit.is_ascii_digit())?;
        Some((digit - b'0', STANDARD.decode(text.as_bytes().get(1..)?).ok()?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_apart_as_they_were_made() {
        for protocol in [None, Some("v5.channel.k8s.io"), Some("base64.channel.k8s.io"), Some("v4.base64.channel.k8s.io")] {
            let channels = Channels::of(protocol);
            let message = channels.message(1, b"hello\xff");
            assert_eq!(channels.split(message), Some((1, Bytes::from_static(b"hello\xff"))), "{protocol:?}");
            assert_eq!(channels.split(Message::Ping(Bytes::new())), None);
        }
        assert_eq!(Channels::of(None).split(Message::Text("\0a".into())), Some((0, Bytes::from_static(b"a"))));
        assert_eq!(Channels::of(Some("base64.channel.k8s.io")).message(2, b"a"), Message::Text("2YQ==".into()));
        assert_eq!(Channels::of(Some("base64.channel.k8s.io")).split(Message::Text("xYQ==".into())), None);
    }
}
