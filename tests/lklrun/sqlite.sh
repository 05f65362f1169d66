#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# sqlite.sh - SQLite with a write-ahead log: several processes share a mapping, take
# locks and write at the same time.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need sqlite3 mke2fs e2fsck

cat >job.sh <<'EOF'
cd "$1"
sql() { sqlite3 -cmd '.timeout 60000' base.db "$@"; }
sql 'pragma journal_mode=wal; create table t(a integer primary key, b text);'
for writer in 1 2 3; do
	(i=0
	while [ $i -lt 50 ]; do
		echo "insert into t(b) values ('$writer-$i');"
		i=$((i + 1))
	done | sql) &
done
for i in 1 2 3; do
	sql 'select count(*) >= 0 from t'
done
wait
sql "select count(*), count(distinct b) from t; pragma integrity_check;"
sql "update t set b = b || '-changed' where a % 2; begin; delete from t; rollback;"
sql "select count(*) from t where b like '%changed'"
EOF

mkdir host
run_check sh job.sh host >host.out
make_user_image image 64M
run_check lklrun -i image --at=/mnt -- sh "$PWD/job.sh" /mnt >image.out
check_same image.out host.out "what SQLite says"
grep -qx '150|150' image.out || die "rows are missing"
run_check e2fsck -fn image >&3
run_check cpfromfs -i image -p /base.db .
run_check sqlite3 base.db 'pragma integrity_check; select count(*) from t' >after
check_text after $'ok\n150'

# A transaction that was committed survives the end of everything.
run_check lklrun -i image --at=/mnt -- sqlite3 /mnt/base.db \
	"pragma synchronous=full; insert into t(b) values ('last');"
run_check lklrun -i image --at=/mnt -- sqlite3 /mnt/base.db \
	"select b from t where b = 'last'" >last
check_text last last
