package dev.fenliu.route.list;

/** What an entry of a list says; the form of its value is given with each kind. */
public enum EntryKind {
    /** This name only; the value is normalised as {@link dev.fenliu.model.Host.Name} is. */
    DOMAIN,
    /** This name and every name below it; normalised. */
    DOMAIN_SUFFIX,
    /** The names below this one, but not the name itself; normalised, without a leading dot. */
    DOMAIN_BELOW,
    /** The names with exactly one label more than this one ({@code *.example.org} in Clash); normalised. */
    DOMAIN_CHILD,
    /** Every name that holds this text; lower case. */
    DOMAIN_KEYWORD,
    /** A pattern for the whole name: {@code *} is any run of characters, {@code ?} is one; lower case. */
    DOMAIN_WILDCARD,
    /** A regular expression (RE2), exactly as the list has it. */
    DOMAIN_REGEX,
    /** A network as {@link Cidr#parse} reads it. */
    IP_CIDR,
    /** A network that no name is looked up for, though it sees the addresses that are known ({@code no-resolve}). */
    IP_CIDR_KNOWN,
    /**
     * A Clash rule line that is none of the other kinds, without a target: {@code DST-PORT,443},
     * {@code AND,((NETWORK,udp),(DST-PORT,443))}.
     */
    CLASH_LINE
}
