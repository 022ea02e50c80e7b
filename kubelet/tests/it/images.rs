//! A small image with a shell, made from the distribution's static busybox.

use std::path::Path;
use std::process::Command;

/// Its name.
pub const BUSYBOX: &str = "kontiki-test/busybox:1";

/// Makes the image where Docker does not have it. False where the machine has no static busybox.
pub fn busybox() -> bool {
    let there = Command::new("docker").args(["image", "inspect", BUSYBOX]).output();
    if there.is_ok_and(|there| there.status.success()) {
        return true;
    }
    if !Path::new("/bin/busybox").exists() {
        return false;
    }
    let script = format!(
        "set -e; d=$(mktemp -d); mkdir -p $d/bin $d/etc $d/tmp; chmod 1777 $d/tmp; cp /bin/busybox $d/bin/; \
         for a in $(/bin/busybox --list | grep -vx busybox); do ln -s busybox $d/bin/$a; done; \
         printf 'root:x:0:0:root:/root:/bin/sh\\n' > $d/etc/passwd; tar -C $d -c . | docker import - {BUSYBOX} >/dev/null; rm -r $d"
    );
    Command::new("sh").args(["-c", &script]).status().is_ok_and(|status| status.success())
}
