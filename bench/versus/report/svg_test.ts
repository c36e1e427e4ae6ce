import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contender, requests, sampleReport } from "./sample_report.ts";
import { renderSvg } from "./svg.ts";

const CONTENDERS = [
  contender("tun http over upgrade", "tun"),
  contender('a "rival" <1> & co', "http"),
  contender("direct", "limit"),
];

function draw(values: Record<string, number>): string | undefined {
  const samples = Object.entries(values).map(([name, perSecond]) =>
    [name, [{ perSecond, p50: 1 }]] as const
  );
  return renderSvg(
    sampleReport(CONTENDERS, [requests("small-64", Object.fromEntries(samples))]),
  );
}

function widths(svg: string): readonly number[] {
  return [...svg.matchAll(/<rect [^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

Deno.test("renderSvg draws the longest bar first, in proportion", () => {
  const svg = draw({ "tun http over upgrade": 100, direct: 400 })!;
  const [first, second] = widths(svg);
  assertEquals(Math.round(first! / second!), 4);
  assert(svg.indexOf(">direct<") < svg.indexOf(">tun http over upgrade<"));
});

Deno.test("renderSvg writes names as text, whatever is in them", () => {
  const svg = draw({ 'a "rival" <1> & co': 100 })!;
  assertStringIncludes(svg, ">a &quot;rival&quot; &lt;1> &amp; co<");
});

Deno.test("renderSvg cuts a bar that would make the others invisible", () => {
  const svg = draw({ "tun http over upgrade": 1, 'a "rival" <1> & co': 2, direct: 1000 })!;
  const [longest, rival] = widths(svg);
  assert(rival! > longest! / 10);
  assertStringIncludes(svg, "… 1,000");
});

Deno.test("renderSvg draws nothing of nothing", () => {
  assertEquals(renderSvg(sampleReport(CONTENDERS, [])), undefined);
});
