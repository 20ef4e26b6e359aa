import { describe, expect, it } from 'vitest'
import { fixFor, installCommand } from './probe.ts'

describe('the command that installs what is missing', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"', 'sudo apt install bubblewrap'],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian', 'sudo apt install bubblewrap'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'sudo apt install bubblewrap'],
    ['ID=fedora', 'sudo dnf install bubblewrap'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'sudo dnf install bubblewrap'],
    ['ID=arch', 'sudo pacman -S bubblewrap'],
    ['ID=alpine', 'sudo apk add bubblewrap'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'sudo zypper install bubblewrap'],
    ['ID=plan9', 'Install the package "bubblewrap" with your package manager.'],
  ])('fits %j', (osRelease, command) => {
    expect(installCommand(osRelease)).toBe(command)
  })
})

describe('the fix for a kernel that forbids namespaces', () => {
  const settings =
    (path: string, value: string) =>
    (asked: string): string =>
      asked === path ? value : ''
  it.each([
    ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1', /^sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/],
    ['/proc/sys/kernel/unprivileged_userns_clone', '0', /^sudo sysctl -w kernel\.unprivileged_userns_clone=1/],
    ['/proc/sys/user/max_user_namespaces', '0', /^sudo sysctl -w user\.max_user_namespaces=15000$/],
  ])('names %s', (path, value, fix) => {
    expect(fixFor(settings(path, value), true)).toMatch(fix)
  })
  it('names the options of a container, or how to see it by hand', () => {
    expect(fixFor(() => '', true)).toMatch(/--security-opt seccomp=unconfined/)
    expect(fixFor(() => '', false)).toMatch(/^Try it by hand: bwrap/)
  })
})
