import { SetupRequest } from '@conclave/protocol/rest/setup';

export const SETUP_FIELDS = ['teamName', 'name', 'email', 'password'] as const;
export type SetupField = (typeof SETUP_FIELDS)[number];
export type SetupForm = Record<SetupField, string>;

export type FieldFault = 'fieldMissing' | 'fieldTooLong' | 'emailInvalid' | 'passwordShort' | 'passwordLong';

/** What is wrong with each field, judged by the schema that the server uses too; empty when all is well. */
export function checkSetupForm(form: SetupForm): Partial<Record<SetupField, FieldFault>> {
  const faults: Partial<Record<SetupField, FieldFault>> = {};
  for (const field of SETUP_FIELDS) {
    if (SetupRequest.shape[field].safeParse(form[field]).success) continue;
    faults[field] = faultOf(field, form[field]);
  }
  return faults;
}

function faultOf(field: SetupField, value: string): FieldFault {
  if (field === 'password') return value.length > 256 ? 'passwordLong' : 'passwordShort';
  if (value.trim() === '') return 'fieldMissing';
  return field === 'email' ? 'emailInvalid' : 'fieldTooLong';
}
