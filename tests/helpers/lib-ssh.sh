# SPDX-License-Identifier: GPL-2.0-only
#
# lib-ssh.sh - an SSH server of the test, on the loopback, as the user of the test.
#
# Source it after lib.sh.

# ssh_server_start FOLDER - start a server, with keys and a home directory in FOLDER
#
# The server's process is $ssh_server, its port $ssh_port.  $HOME is FOLDER/home then;
# its .ssh lets the user in.  Returns 1 if there is no sshd.
ssh_server_start() {
	local folder=$1 sshd tries

	sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || return 1
	mkdir -p -m 700 "$folder/home/.ssh"
	HOME=$(realpath "$folder/home")
	export HOME
	run_check ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
	run_check ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	cp "$HOME/.ssh/id_ed25519.pub" "$folder/authorized"
	cat >"$folder/config" <<-END
		ListenAddress 127.0.0.1
		HostKey $(realpath "$folder/host")
		AuthorizedKeysFile $(realpath "$folder/authorized")
		PidFile none
		StrictModes no
		UsePAM no
		Subsystem sftp internal-sftp
	END
	for tries in 1 2 3 4 5; do
		ssh_port=$((20000 + RANDOM % 12000))
		"$sshd" -D -e -f "$folder/config" -p "$ssh_port" \
			2>"$folder/log" &
		ssh_server=$!
		wait_for 20 "sshd" grep -q 'listening on\|Bind to port\|rror' \
			"$folder/log"
		grep -q 'listening on' "$folder/log" && break
		kill "$ssh_server" 2>/dev/null
		ssh_server=
	done
	[ -n "$ssh_server" ] || die "sshd does not start: $(cat "$folder/log")"
	echo "[127.0.0.1]:$ssh_port $(cut -d ' ' -f 1,2 "$folder/host.pub")" \
		>"$HOME/.ssh/known_hosts"
}
