# Runs as root in a network and a tree of mounts of its own: systemd-resolved asks the program, dig asks systemd-resolved.
# Arguments: the folder with this file's neighbours, then the command of the program.
folder=$1
shift
ip link set lo up
ip link add name lan type veth peer name other # without a link that is up it asks nobody
ip addr add 192.0.2.1/24 dev lan
ip link set lan up
ip link set other up
ip route add default via 192.0.2.2
mount -t tmpfs none /run
mkdir -p /run/systemd /etc/systemd
mount -t tmpfs none /etc/systemd
cp "$folder/resolved.conf" /etc/systemd/
for file in passwd group; do # it gives up its privileges to a user of its own
    grep -v '^systemd-resolve:' /etc/$file >"$folder/$file"
done
echo 'systemd-resolve:x:996:996::/:/usr/sbin/nologin' >>"$folder/passwd"
echo 'systemd-resolve:x:996:' >>"$folder/group"
for file in passwd group; do
    mount --bind "$folder/$file" /etc/$file
done
: >"$folder/proxy.log" # there before it is looked into
"$@" >"$folder/proxy.log" 2>&1 &
proxy=$!
until grep -q 'listening on' "$folder/proxy.log" || ! kill -0 $proxy; do
    sleep 0.1
done
SYSTEMD_LOG_LEVEL=debug systemd-resolved >"$folder/resolved.log" 2>&1 &
resolved=$!
trap 'kill $proxy $resolved; wait' EXIT
for i in $(seq 100); do
    dig +tries=1 +time=1 @127.0.0.53 nas.lan | grep -q NOERROR && break
    sleep 0.1
done
while read -r name type; do
    echo "$name $type $(dig +tries=1 +time=8 @127.0.0.53 "$name" "$type" |
        awk '/status:/ {sub(/,/, "", $6); print $6} /^[^;]/ && NF > 4 {print $5}' | xargs)"
done <"$folder/questions"
