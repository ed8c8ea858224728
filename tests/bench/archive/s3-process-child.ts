import { startLocalFauxqs } from '../../../infra/local/aws/fauxqs.ts';

const [folder = '', bucket = ''] = process.argv.slice(2);
const fauxqs = await startLocalFauxqs(folder);
fauxqs.createBucket(bucket);
process.once('disconnect', () => process.exit());
process.send?.(fauxqs.port);
