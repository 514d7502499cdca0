// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';
import { preparePages, problem, showPage, stubServer } from '../app/testing.tsx';
import { SignInPage } from '../sign-in/SignInPage.tsx';
import { SetupPage } from './SetupPage.tsx';

preparePages();

const TOKEN = 'A'.repeat(43);
const field = (label: string) => screen.findByLabelText(label);
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));

async function fillIn(): Promise<void> {
  await userEvent.type(await field('Team name'), 'Aurora Labs');
  await userEvent.type(await field('Your name'), 'Olivia Owner');
  await userEvent.type(await field('E-mail address'), 'olivia@example.org');
  await userEvent.type(await field('Password'), 'correct horse');
}

describe('the owner link', () => {
  test('makes the team and goes on to the dashboard', async () => {
    const sent = stubServer({
      'POST /api/setup/check': { status: 200, body: {} },
      'POST /api/setup': { status: 200, body: { teamId: TOKEN } },
    });
    showPage(<SetupPage token={TOKEN} />, '/setup');
    await fillIn();
    await press('Create the team');
    expect(sent.at(-1)?.body).toEqual({
      token: TOKEN,
      teamName: 'Aurora Labs',
      name: 'Olivia Owner',
      email: 'olivia@example.org',
      password: 'correct horse',
    });
    expect(location.pathname).toBe('/dashboard');
  });

  test('says what is wrong beside each field, moves to the first, and sends nothing', async () => {
    const sent = stubServer({ 'POST /api/setup/check': { status: 200, body: {} } });
    showPage(<SetupPage token={TOKEN} />, '/setup');
    await userEvent.type(await field('Team name'), 'Aurora Labs');
    await userEvent.type(await field('Password'), 'short');
    await press('Create the team');
    expect((await field('Your name')).getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(await field('Your name'));
    expect(screen.getByText('At least 10 characters are needed.')).toBeTruthy();
    expect(sent).toHaveLength(1);
  });

  test('that was used says so and leads to the sign-in', async () => {
    stubServer({ 'POST /api/setup/check': problem(401, 'sign_in_required') });
    showPage(<SetupPage token={TOKEN} />, '/setup');
    expect(await screen.findByRole('heading', { name: 'This owner link no longer works' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe('/sign-in');
  });

  test('that another person used meanwhile says so when it is sent', async () => {
    stubServer({ 'POST /api/setup/check': { status: 200, body: {} }, 'POST /api/setup': problem(401, 'sign_in_required') });
    showPage(<SetupPage token={TOKEN} />, '/setup');
    await fillIn();
    await press('Create the team');
    expect(await screen.findByRole('heading', { name: 'This owner link no longer works' })).toBeTruthy();
  });

  test('without its token asks for the whole link', () => {
    showPage(<SetupPage token={null} />, '/setup');
    expect(screen.getByRole('heading', { name: 'The owner link is not complete' })).toBeTruthy();
  });

  test('can be tried again after the server was away', async () => {
    stubServer({ 'POST /api/setup/check': 'no answer' });
    showPage(<SetupPage token={TOKEN} />, '/setup');
    await screen.findByRole('heading', { name: 'No connection to the server' });
    stubServer({ 'POST /api/setup/check': { status: 200, body: {} } });
    await press('Try again');
    expect(await field('Team name')).toBeTruthy();
  });

  test('shows a password on demand', async () => {
    stubServer({ 'POST /api/setup/check': { status: 200, body: {} } });
    showPage(<SetupPage token={TOKEN} />, '/setup');
    const password = await field('Password');
    expect(password.getAttribute('type')).toBe('password');
    await press('Show password');
    expect(password.getAttribute('type')).toBe('text');
  });
});

describe('signing in', () => {
  test('goes on to the dashboard', async () => {
    const sent = stubServer({ 'POST /api/auth/sign-in/email': { status: 200, body: {} } });
    showPage(<SignInPage />, '/sign-in');
    await userEvent.type(await field('E-mail address'), ' olivia@example.org');
    await userEvent.type(await field('Password'), 'correct horse');
    await press('Sign in');
    expect(sent.at(-1)?.body).toEqual({ email: 'olivia@example.org', password: 'correct horse' });
    expect(location.pathname).toBe('/dashboard');
  });

  test('does not tell which of the two is wrong', async () => {
    stubServer({ 'POST /api/auth/sign-in/email': { status: 401, body: { code: 'INVALID_EMAIL_OR_PASSWORD' } } });
    showPage(<SignInPage />, '/sign-in');
    await userEvent.type(await field('E-mail address'), 'olivia@example.org');
    await userEvent.type(await field('Password'), 'wrong horse');
    await press('Sign in');
    expect((await screen.findByRole('alert')).textContent).toContain('E-mail address or password is wrong.');
  });

  test('says to wait after too many tries', async () => {
    stubServer({ 'POST /api/auth/sign-in/email': problem(429, 'rate_limited') });
    showPage(<SignInPage />, '/sign-in');
    await userEvent.type(await field('E-mail address'), 'olivia@example.org');
    await userEvent.type(await field('Password'), 'wrong horse{Enter}');
    expect((await screen.findByRole('alert')).textContent).toContain('Wait a minute');
  });
});
