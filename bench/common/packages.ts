import { needPackages } from '../../scripts/apt.mjs';
import { SetUpError, startReport } from '../../scripts/report.mjs';

/** Debian packages that a bench needs: installed when that is allowed; otherwise the bench ends with the line to type. */
export async function needForBench(bench: string, names: readonly string[]): Promise<void> {
  try {
    await needPackages(names, { report: startReport(bench), why: `npm run bench -- ${bench}` });
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
