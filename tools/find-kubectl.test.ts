import { describe, expect, it } from 'vitest';
import { debianMirrors, versionOf } from './find-kubectl.mjs';

describe('find-kubectl', () => {
  it('takes Debian mirrors from both formats of apt, with their keys, and nothing else', () => {
    const sources = [
      '# deb-src of old', 'Types: deb', '# http://snapshot.example/archive/debian/2025', 'URIs: http://mirror.example/debian', 'Suites: bookworm bookworm-updates', 'Components: main',
      'Signed-By: /usr/share/keyrings/debian.gpg', '', 'Types: deb', 'URIs: http://mirror.example/debian-security', 'Suites: bookworm-security', 'Components: main', '',
    ].join('\n');
    const lists = '# deb http://commented.example/debian sid main\ndeb [trusted=yes] http://other.example/debian/ trixie main\ndeb https://deb.node.example/node_20.x nodistro main\n';
    expect(debianMirrors([{ name: 'debian.sources', text: sources }, { name: 'sources.list', text: lists }])).toEqual([
      'deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/debian', 'deb [trusted=yes] http://other.example/debian/',
    ]);
    expect(debianMirrors([])).toEqual([]);
  });

  it('takes no other program for kubectl', () => {
    expect(versionOf('/no/such/file')).toBeUndefined();
    expect(versionOf(process.execPath)).toBeUndefined();
  });
});
