import { describe, expect, it } from 'vitest';
import { compileCel } from './expression.ts';
import { celEnvironment } from './library.ts';
import { celDynamic } from './schema-types.ts';

/** The value of an expression about `object`, or what is wrong with it. */
function evaluated(text: string, object: Parameters<typeof celDynamic>[0] = {}): unknown {
  const compiled = compileCel(celEnvironment().registerVariable('object', 'dyn'), text);
  if (!compiled.ok) return compiled.message;
  const outcome = compiled.program.run({ object: celDynamic(object) });
  return outcome.ok ? outcome.value : outcome.message;
}

describe('functions of Kubernetes', () => {
  it.each([
    '[1, 2, 2].isSorted() && [1, 2].sum() == 3 && ["b", "a"].min() == "a" && [1, 3].max() == 3 && [1, 2, 1].lastIndexOf(1) == 2',
    '"a1b22".find("[0-9]+") == "1" && "a1b22".findAll("[0-9]+") == ["1", "22"] && "a-b-c".replace("-", "+", 1) == "a+b-c" && "abc".charAt(1) == "b"',
    'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("1500m").add(quantity("500m")).asInteger() == 2 && !isQuantity("x")',
    'ip("10.1.2.3").family() == 4 && ip("fe80::1").isLinkLocalUnicast() && !isIP("010.1.1.1") && ip("::1").isLoopback() && string(ip("2001:DB8::0:1")) == "2001:db8::1"',
    'cidr("10.0.0.0/8").containsIP("10.9.8.7") && !cidr("10.0.0.0/8").containsIP(ip("11.0.0.1")) && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && string(cidr("10.1.2.3/8").masked()) == "10.0.0.0/8"',
    'url("https://u@host:80/p%20q?x=1&x=2&y=a+b#f").getHost() == "host:80" && url("https://host/a").getEscapedPath() == "/a" && url("https://h/?x=1&x=2").getQuery()["x"] == ["1", "2"] && !isURL("nope")',
    'sets.contains([1, 2], [1]) && sets.equivalent([1, 2, 2], [2, 1]) && !sets.intersects(["a"], ["b"]) && sets.contains([{"a": 1}], [{"a": 1}])',
    '"%s has %d of %.2f, 0x%x: %s%%".format(["a", 3, 1.5, 255, [1, true]]) == "a has 3 of 1.50, 0xff: [1, true]%"',
    'object.?spec.?size.orValue(3) == 3 && !has(object.spec) && object == {}',
    '"%s and %s".format([timestamp("2026-01-01T00:00:00Z"), duration("90s")]) == "2026-01-01T00:00:00Z and 90s"',
    'string(timestamp("2026-01-01T00:00:00.5Z")) == "2026-01-01T00:00:00.5Z" && string(duration("1h30m0.5s")) == "5400.5s" && int(timestamp("1970-01-01T00:01:00Z")) == 60',
    'timestamp("2026-03-04T05:06:07Z").getFullYear() == 2026 && timestamp("2026-03-04T05:06:07Z").getHours() == 5',
    'format.dns1123Label().validate("a-b").hasValue() == false && format.named("uuid").hasValue() && !format.named("nope").hasValue() && format.dns1123LabelPrefix().validate("a-") == optional.none()',
    'format.labelValue().validate("-").value().size() == 1 && format.named("date").value().validate("2026-13-01").value() == ["invalid date"]',
    'semver("1.10.0").isGreaterThan(semver("1.9.0")) && semver("1.0.0-rc.2").isLessThan(semver("1.0.0")) && semver("1.0.0-2").compareTo(semver("1.0.0-a")) == -1 && semver("1.2.3+x") == semver("1.2.3")',
    'isSemver("1.2.3") && !isSemver("v1.2") && isSemver("v01.2", true) && semver("v01.2", true).minor() == 2 && semver("v01.2", true).patch() == 0',
    '"Ab".matches("^(?i)ab$") && matches("xabx", "ab") && !"ab".matches("^b") && quantity("1") == quantity("1000m")',
    '!has([{"a": 1}][0].b) && has([{"a": 1}][0].a) && [1].all(i, has({"x": {"y": 1}}["x"].y))',
  ])('%s', (text) => {
    expect(evaluated(text)).toBe(true);
  });

  it('fail in the words of the real ones', () => {
    expect(evaluated('ip("x").family() == 4')).toBe('IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP');
    expect(evaluated('"%d".format(["x"])')).toBe('error during formatting: decimal clause can only be used on integers');
    expect(evaluated('"%s %s".format(["x"])')).toBe('error during formatting: index 1 out of range');
    expect(evaluated('object.a.b', { a: {} })).toBe('no such key: b');
    expect(evaluated('object.list[3]', { list: [1] })).toBe('index out of bounds: 3');
    expect(evaluated('1 / object.zero', { zero: 0 })).toBe('division by zero');
    expect(evaluated('has(object.list[3].a)', { list: [] })).toBe('index out of bounds: 3');
    expect(evaluated('"a".matches(1)')).toContain("found no matching overload for 'matches' applied to 'string.(int)'");
    expect(evaluated('semver("1.2").major() == 1')).toBe('No Major.Minor.Patch elements found');
  });
});

describe('expressions that cannot be compiled', () => {
  it.each([
    ['1 + "a"', "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + \"a\"\n | ..^"],
    ['nothing()', "ERROR: <input>:1:8: undeclared reference to 'nothing' (in container '')\n | nothing()\n | .......^"],
    ['true ? 1 : "a"', "ERROR: <input>:1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'\n | true ? 1 : \"a\"\n | .....^"],
    ['object.\nfield >', 'ERROR: <input>:2:8: Syntax error: mismatched input \'<EOF>\' expecting'],
  ])('%s', (text, wanted) => {
    expect(String(evaluated(text)).startsWith(wanted)).toBe(true);
  });

  it('do not reach what JavaScript puts on every object', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(evaluated(`object.${name}`)).toBe(`no such key: ${name}`);
      expect(evaluated(`has(object.${name})`)).toBe(false);
    }
  });
});
