/** Programs that reach beyond the worktree: other machines, the system, somebody else's service. Names alone decide; the list only makes more ask. */
import type { RiskClass } from '../risk-class.ts'

const list = (text: string): readonly string[] => text.trim().split(/\s+/u)

const NAMES: Partial<Record<RiskClass, readonly string[]>> = {
  root: list(`
    sudo doas su pkexec runuser sudoedit visudo systemctl service launchctl loginctl hostnamectl timedatectl init telinit shutdown reboot halt
    poweroff mkfs mount umount fdisk sfdisk parted mkswap swapon swapoff losetup cryptsetup crontab at batch chown chgrp chattr setfacl setcap
    useradd userdel usermod groupadd groupdel passwd chpasswd gpasswd adduser deluser iptables ip6tables nft ufw firewall-cmd sysctl modprobe insmod rmmod
    chroot unshare nsenter capsh mknod ip ifconfig route docker podman nerdctl buildah lxc lxd incus vagrant virsh qemu-system-x86_64 bwrap firejail
    osascript defaults diskutil csrutil security update-alternatives ldconfig dmesg bpftool perf gdb lldb strace ltrace ptrace
    tmux screen dtach systemd-run dbus-send gdbus busctl machinectl loginctl runcon setenforce newgrp sg
  `),
  publish: list(`
    gh glab hub twine vercel netlify heroku fly flyctl wrangler firebase surge now aws gcloud gsutil az doctl kubectl kubectx helm terraform tofu
    terragrunt pulumi ansible ansible-playbook serverless sls cdk sam eb amplify supabase railway render s3cmd rclone rsync lftp skopeo
    goreleaser semantic-release release-it np lerna changeset standard-version eas expo fastlane jekyll ntfy slack mail mailx sendmail msmtp mutt
  `),
  network: list(`
    curl wget ssh scp sftp ssh-copy-id ssh-add ssh-keygen ssh-agent nc ncat netcat telnet ftp tftp socat aria2c http https xh httpie dig nslookup
    host ping ping6 traceroute tracepath mtr nmap masscan tcpdump openssl gpg gpg2 psql mysql mariadb mongo mongosh redis-cli sqlplus ldapsearch
    svn hg bzr w3m lynx links elinks youtube-dl yt-dlp ngrok cloudflared tailscale wg openvpn whois finger rlogin rsh mosh
    nfsstat smbclient showmount snmpwalk irc irssi weechat axel httrack git-remote-https
  `),
  install: list(`
    npx bunx pnpx uvx pipx apt apt-get aptitude dpkg yum dnf rpm zypper pacman apk emerge brew port snap flatpak choco winget scoop nix nix-env
    nix-shell nvm fnm volta n asdf mise rustup rbenv pyenv sdk corepack conda mamba micromamba easy_install cpan cpanm luarocks opam stack
    cabal ghcup gvm tox nox virtualenv pre-commit degit create-react-app cookiecutter go-install bower jspm
  `),
}

const CLASSES: ReadonlyMap<string, RiskClass> = new Map([
  ...(NAMES.install ?? []).map((name) => [name, 'install'] as const),
  ...(NAMES.network ?? []).map((name) => [name, 'network'] as const),
  ...(NAMES.publish ?? []).map((name) => [name, 'publish'] as const),
  ...(NAMES.root ?? []).map((name) => [name, 'root'] as const),
])

/** The class of a program that reaches out, by its bare name; undefined for all others. */
export function reachingClass(name: string): RiskClass | undefined {
  return CLASSES.get(name) ?? (/^mkfs\.|^qemu-/u.test(name) ? 'root' : name.startsWith('git-remote-') ? 'network' : undefined)
}

/** Words that have no business in code written into a command, unless a person has looked. */
const MENTIONS =
  /\b(?:sudo|push|publish|curl|wget|ssh|scp|https?|ftp|socket|fetch|urllib|requests|urlopen|net|rm\s+-|unlink|rmtree|rmSync|exec\w*|spawn\w*|system|popen|subprocess|eval|child_process)\b|\.\.\/|\/etc\/|\/root|\/home|~\//u

/** Whether code written into a command speaks of reaching out or of starting something. */
export function mentionsReaching(code: string): boolean {
  return MENTIONS.test(code)
}
