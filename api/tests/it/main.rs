//! Tests of what the crate promises to the others.

#[cfg(test)]
mod decode;
#[cfg(test)]
mod defaults;
#[cfg(test)]
mod generations;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod openapi_v2;
#[cfg(test)]
mod protobuf;
#[cfg(test)]
mod protobuf_encoder;
#[cfg(test)]
mod protobuf_kinds;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod walk;
