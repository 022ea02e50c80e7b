//! A log over WebSocket, for clients that ask for one (`wsstream` upstream).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::Response;
use kontiki_api::status::{Reason, Status};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::http::{Body, Socket};

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As they are.
    Binary,
    /// Base64 in messages of text.
    Base64,
}

/// Sends `chunks` as messages over `socket`, and closes it after the last; ends at `stop`, and when the client goes.
///
/// # Errors
/// 403 where the client offers protocols, none of them `binary.k8s.io` or `base64.binary.k8s.io`.
pub(super) fn answer(
    socket: Socket,
    chunks: impl Stream<Item = Bytes> + Send + 'static,
    stop: CancellationToken,
) -> Result<Response<Body>, Status> {
    let (form, protocol) = agree(socket.offered())?;
    socket.answer(protocol, messages(chunks, form), stop)
}

/// The first protocol of the client's that we speak; binary messages where it names none.
fn agree(offered: &[String]) -> Result<(Form, Option<&'static str>), Status> {
    if offered.is_empty() {
        return Ok((Form::Binary, None));
    }
    let spoken = offered.iter().find_map(|name| match name.as_str() {
        "binary.k8s.io" => Some((Form::Binary, Some("binary.k8s.io"))),
        "base64.binary.k8s.io" => Some((Form::Base64, Some("base64.binary.k8s.io"))),
        _ => None,
    });
    spoken.ok_or_else(|| {
        Status::new(Reason::Forbidden, "none of the WebSocket protocols asked for is known: binary.k8s.io, base64.binary.k8s.io")
    })
}

fn messages(chunks: impl Stream<Item = Bytes> + Send, form: Form) -> impl Stream<Item = Message> + Send {
    let chunks = chunks.filter(|chunk| std::future::ready(!chunk.is_empty()));
    chunks.map(move |chunk| match form {
        Form::Binary => Message::Binary(chunk),
        Form::Base64 => Message::Text(STANDARD.encode(chunk).into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(protocols: &[&str]) -> Result<(Form, Option<&'static str>), Status> {
        agree(&protocols.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_protocol_that_is_known_is_taken() {
        assert_eq!(offering(&[]).unwrap(), (Form::Binary, None));
        assert_eq!(offering(&["other", "base64.binary.k8s.io", "binary.k8s.io"]).unwrap().0, Form::Base64);
        assert_eq!(offering(&["v4.channel.k8s.io"]).unwrap_err().reason.code(), 403);
    }

    #[tokio::test]
    async fn chunks_become_messages() {
        for (form, wanted) in [(Form::Binary, Message::Binary("ab".into())), (Form::Base64, Message::Text("YWI=".into()))] {
            let chunks = futures::stream::iter([Bytes::from("ab"), Bytes::new()]);
            assert_eq!(messages(chunks, form).collect::<Vec<_>>().await, [wanted]);
        }
    }
}
