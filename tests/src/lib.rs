//! Test harness: boots the server in process, drives real clients.
