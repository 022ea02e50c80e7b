use super::function::Native;
use super::{
    arithmetic, authz, cidr, comparison, convert, encoding, format, ip, lists, named_format, optional, quantity, regexes, semver,
    sets, strings, strings_split, timestamp, url,
};

/// The code of the function of this name.
pub(super) fn find(name: &str) -> Option<Native> {
    operator(name).or_else(|| standard(name)).or_else(|| text(name)).or_else(|| collection(name)).or_else(|| kubernetes(name))
}

fn operator(name: &str) -> Option<Native> {
    Some(match name {
        "!_" => comparison::not,
        "-_" => arithmetic::negate,
        "_==_" => comparison::equals,
        "_!=_" => comparison::differs,
        "_<_" => comparison::less,
        "_<=_" => comparison::less_or_equal,
        "_>_" => comparison::greater,
        "_>=_" => comparison::greater_or_equal,
        "_+_" => arithmetic::add,
        "_-_" => arithmetic::subtract,
        "_*_" => arithmetic::multiply,
        "_/_" => arithmetic::divide,
        "_%_" => arithmetic::remainder,
        "@in" => comparison::within,
        _ => return None,
    })
}

fn standard(name: &str) -> Option<Native> {
    Some(match name {
        "size" => convert::size,
        "type" => convert::type_of,
        "dyn" => convert::same,
        "bool" => convert::bool,
        "int" => convert::int,
        "uint" => convert::uint,
        "double" => convert::double,
        "string" => convert::string,
        "bytes" => convert::bytes,
        "timestamp" => convert::timestamp,
        "duration" => convert::duration,
        "getFullYear" => timestamp::full_year,
        "getMonth" => timestamp::month,
        "getDayOfYear" => timestamp::day_of_year,
        "getDayOfMonth" => timestamp::day_of_month,
        "getDate" => timestamp::date,
        "getDayOfWeek" => timestamp::day_of_week,
        "getHours" => timestamp::hours,
        "getMinutes" => timestamp::minutes,
        "getSeconds" => timestamp::seconds,
        "getMilliseconds" => timestamp::milliseconds,
        "optional.of" => optional::of,
        "optional.ofNonZeroValue" => optional::of_non_zero,
        "optional.none" => optional::none,
        "hasValue" => optional::has_value,
        "value" => optional::value,
        "or" => optional::or,
        "orValue" => optional::or_value,
        "optional.unwrap" | "unwrapOpt" => optional::unwrap,
        "first" => optional::first,
        "last" => optional::last,
        _ => return None,
    })
}

fn text(name: &str) -> Option<Native> {
    Some(match name {
        "contains" => strings::contains,
        "startsWith" => strings::starts_with,
        "endsWith" => strings::ends_with,
        "charAt" => strings::char_at,
        "lowerAscii" => strings::lower,
        "upperAscii" => strings::upper,
        "trim" => strings::trim,
        "substring" => strings::substring,
        "strings.quote" => strings::quote,
        "replace" => strings_split::replace,
        "split" => strings_split::split,
        "join" => strings_split::join,
        "format" => format::format,
        "matches" => regexes::matches,
        "find" => regexes::find,
        "findAll" => regexes::find_all,
        "jsonpatch.escapeKey" => encoding::escape_key,
        _ => return None,
    })
}

fn collection(name: &str) -> Option<Native> {
    Some(match name {
        "isSorted" => lists::is_sorted,
        "sum" => lists::sum,
        "min" => lists::min,
        "max" => lists::max,
        "indexOf" => lists::index_of,
        "lastIndexOf" => lists::last_index_of,
        "distinct" => lists::distinct,
        "reverse" => lists::reverse,
        "sort" => lists::sort,
        "@sortByAssociatedKeys" => lists::sort_by,
        "slice" => lists::slice,
        "flatten" => lists::flatten,
        "lists.range" => lists::range,
        "sets.contains" => sets::contains,
        "sets.equivalent" => sets::equivalent,
        "sets.intersects" => sets::intersects,
        _ => return None,
    })
}

fn kubernetes(name: &str) -> Option<Native> {
    Some(match name {
        "url" => url::url,
        "isURL" => url::is_url,
        "getScheme" => url::scheme_of,
        "getHost" => url::host,
        "getHostname" => url::hostname,
        "getPort" => url::port,
        "getEscapedPath" => url::escaped_path,
        "getQuery" => url::query,
        "ip" => ip::ip,
        "isIP" => ip::is_ip,
        "ip.isCanonical" => ip::is_canonical,
        "family" => ip::family,
        "isUnspecified" => ip::is_unspecified,
        "isLoopback" => ip::is_loopback,
        "isLinkLocalMulticast" => ip::is_link_local_multicast,
        "isLinkLocalUnicast" => ip::is_link_local_unicast,
        "isGlobalUnicast" => ip::is_global_unicast,
        "cidr" => cidr::cidr,
        "isCIDR" => cidr::is_cidr,
        "containsIP" => cidr::contains_ip,
        "containsCIDR" => cidr::contains_cidr,
        "masked" => cidr::masked,
        "prefixLength" => cidr::prefix_length,
        "quantity" => quantity::quantity,
        "isQuantity" => quantity::is_quantity,
        "sign" => quantity::sign,
        "isInteger" => quantity::is_integer,
        "asInteger" => quantity::as_integer,
        "asApproximateFloat" => quantity::as_float,
        "add" => quantity::add,
        "sub" => quantity::sub,
        "semver" => semver::semver,
        "isSemver" => semver::is_semver,
        "isLessThan" => semver::is_less,
        "isGreaterThan" => semver::is_greater,
        "compareTo" => semver::compare_to,
        "major" => semver::major,
        "minor" => semver::minor,
        "patch" => semver::patch,
        "format.named" => named_format::named,
        "validate" => named_format::validate,
        name if name.starts_with("format.") => return named_format::constructor(name.trim_start_matches("format.")),
        _ => return authz::find(name),
    })
}
