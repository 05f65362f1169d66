#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# git.sh - git commits, clones, checks and packs on an image as it does on the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need git mke2fs e2fsck

cat >job.sh <<'EOF'
set -e
export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_AUTHOR_DATE='1000000000 +0000'
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_COMMITTER_DATE='1000000000 +0000'
cd "$1"
git init -q repo
cd repo
for i in $(seq 30); do
	mkdir d$i
	for j in $(seq 5); do echo "$i $j" >d$i/f$j; done
done
git add .
git commit -qm one
seq 10000 >big
git add big
git commit -qm two
git mv d1 e1
ln -s big link
git add link
git commit -qam three
cd ..
git clone -q repo clone
cd clone
git fsck --full
git gc -q --prune=now
git fsck --full
git checkout -q HEAD~1
git status --short
git branch other
git checkout -q other
git merge -q origin/HEAD
git log --all --format='%H %T %s'
git ls-tree -r HEAD | md5sum
EOF

mkdir host
run_check sh job.sh host >host.out
make_user_image image 128M
run_check lklrun -i image --at=/mnt -- sh "$PWD/job.sh" /mnt >image.out
check_same image.out host.out "what git says"
[ "$(wc -l <image.out)" -ge 4 ] || die "git says little"
run_check e2fsck -fn image >&3

# The repository of the image is a good one for the host, too.
run_check cpfromfs -i image -p /clone .
run_check git -C clone -c safe.directory='*' fsck --full
[ "$(git -C clone -c safe.directory='*' rev-parse HEAD)" = \
	"$(git -C host/clone rev-parse HEAD)" ] || die "another commit"
