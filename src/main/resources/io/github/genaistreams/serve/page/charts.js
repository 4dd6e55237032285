// Two charts of a batch: its rate, and what it has cost. The text above each says the same in figures.
import { $, say, usd, perTime, duration } from './words.js';
/** A colour of the style sheet as it is in the present scheme, for the canvas. */
function color(name, alpha = 1) {
  $('rate-chart').style.color = `var(${name})`;
  return getComputedStyle($('rate-chart')).color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
/** A time on the axis: the day too if the chart spans more than one, seconds if it spans some minutes. */
const clock = (at, { min, max }) => new Date(1000 * at).toLocaleString('en-GB', max - min > 86400
  ? { month: '2-digit', day: '2-digit', hour: '2-digit' } : { hour: '2-digit', minute: '2-digit', ...(max - min < 600 && { second: '2-digit' }) });

function draw(place, series, data, values) {
  const axis = { stroke: color('--quiet'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line') }, font: '12px system-ui' };
  const chart = new uPlot({
    width: place.clientWidth, height: 190, padding: [10, 30, 0, 0], legend: { show: false }, cursor: { show: false }, series: [{}, ...series],
    axes: [{ ...axis, space: 60, values: (u, ticks) => ticks.map(at => clock(at, u.scales.x)) }, { ...axis, size: 62, values: (u, ticks) => ticks.map(values) }],
    scales: { y: { range: (u, low, high) => [0, Math.max(high * 1.08, 1e-6)] } },
  }, data, place);
  chart.root.setAttribute('aria-hidden', 'true');
  return chart;
}
export class Charts {
  constructor() {
    this.charts = [];
    this.sizes = new ResizeObserver(() => this.charts.forEach(chart => chart.setSize({ width: chart.root.parentElement.clientWidth, height: 190 })));
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.repaint = () => this.last && this.show(...this.last);
    this.dark.addEventListener('change', this.repaint);
    [$('rate-chart'), $('cost-chart')].forEach(place => this.sizes.observe(place));
  }

  /** @param history start and width in seconds; results, failures and dollars of each stretch */
  show(history, budget) {
    this.last = [history, budget];
    const times = history.done.map((n, i) => history.start + i * history.width);
    const rate = history.done.map((n, i) => (n + history.failed[i]) / history.width);
    let sum = 0;
    const total = history.cost.map(n => sum += n);
    say($('rate-text'), `Results over time, by ${history.width === 1 ? 'the second' : duration(history.width)}: at most ${perTime(Math.max(...rate))}. `
      + (history.failed.some(n => n) ? 'The dashed line is failures.' : 'There are no failures.'));
    say($('cost-text'), `Cost over time: ${usd(sum)} for the results read.` + (budget ? ` The dashed line is the budget, ${usd(budget)}.` : ' No budget is set.'));
    const line = (name, dash, fill) => ({ stroke: color(name), width: 2, dash, fill, points: { show: times.length < 3 } });
    const data = [[times, rate, history.failed.map(n => n / history.width)], [times, total, ...(budget ? [times.map(() => budget)] : [])]];
    const shape = color('--ink') + data[1].length;
    if (shape === this.shape) return this.charts.forEach((chart, i) => chart.setData(data[i]));
    this.shape = shape;
    this.charts.forEach(chart => chart.destroy());
    this.charts = [
      draw($('rate-chart'), [line('--done', [], color('--done', .15)), line('--failed', [6, 4])], data[0], perTime),
      draw($('cost-chart'), [line('--done', []), ...(budget ? [line('--failed', [6, 4])] : [])], data[1], n => '$' + n.toLocaleString('en', { maximumSignificantDigits: 3 }))];
  }

  end() {
    this.sizes.disconnect();
    this.dark.removeEventListener('change', this.repaint);
    this.charts.forEach(chart => chart.destroy());
  }
}
